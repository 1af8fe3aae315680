import { sql } from 'kysely';
import { onTestFinished } from 'vitest';
import { knowledgeStack } from '../../src/connectors/knowledge-stack/knowledge-stack.ts';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { Stream } from '../../src/model/event.ts';
import type { Instant } from '../../src/model/instant.ts';
import type { SyncStreamResult } from '../../src/model/sync-result.ts';
import { workflowIdOf } from '../../src/simulator/knowledge-stack/ids.ts';
import {
  startKnowledgeStackSimulator,
  type KnowledgeStackSimulator,
  type KnowledgeStackSimulatorOptions,
} from '../../src/simulator/knowledge-stack/start-knowledge-stack-simulator.ts';
import type { Run } from '../../src/simulator/run.ts';
import type { RequestRecord } from '../../src/simulator/source-server.ts';
import { createWorld, type World, type WorldOptions } from '../../src/simulator/world.ts';
import { defineConnection, type ConnectionOptions } from '../../src/sync/define-connection.ts';
import { sync, type SyncOptions } from '../../src/sync/sync.ts';
import { freshLedger } from '../support/ledger.ts';
import { expectLawful } from './absence-rig.ts';
import { readEvents } from './hold-against-truth.ts';
import { expectCaughtUpIn, expectNothingInventedIn } from './hold-mixed.ts';
import type { System } from './mixed-rig.ts';
import { API_KEY, START } from './rig.ts';
import { knowledgeStackTruth } from './system-truth.ts';

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const FULL = { full: true } as const;

type StoredEvent = Awaited<ReturnType<typeof readEvents>>[number];

/** A tenant in which nothing happens by itself, what a user of it can do, and a ledger of it. Our clock is the world's. */
export interface Stack {
  readonly world: World;
  readonly server: KnowledgeStackSimulator;
  readonly ledger: Ledger;
  /** A minute later, or whenever else, one sync. */
  poll(options?: Partial<SyncOptions>, laterMs?: number): Promise<Polled>;
  /** What the source answers to a request of one of its users. */
  use(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown }>;
  /** It as what holds a ledger against the truth takes it; in the words of generation 1 only where the server has that from beginning to end. */
  readonly system: System;
}

export interface Polled {
  /** The one stream's result, or the first of several. */
  readonly stream: SyncStreamResult;
  readonly streams: readonly SyncStreamResult[];
  /** What was appended, `id event_type to_status`, sorted. */
  readonly told: readonly string[];
  readonly events: readonly StoredEvent[];
  /** What the source was asked for meanwhile. */
  readonly asked: readonly RequestRecord[];
}

export interface StackOptions {
  readonly streams: readonly Stream[];
  readonly world?: Partial<WorldOptions>;
  readonly server?: Partial<KnowledgeStackSimulatorOptions>;
  readonly connection?: Partial<ConnectionOptions>;
}

/** Nothing is taken up again, edited or deleted by itself, and what began has ended well. */
const STILL = {
  ...{ runsPerHour: 0, deletionShare: 0, stopShare: 0, waitingShare: 0, failureShare: 0, runRetryShare: 0 },
  ...{ documentFailureShare: 0, documentCancelShare: 0, documentQuotaShare: 0, documentRetrainShare: 0, documentDeletionShare: 0 },
  documentEditShare: 0,
};

/** @returns all of it closed when the test is over */
export async function openStack(options: StackOptions): Promise<Stack> {
  const rates = { ...STILL, ...options.world?.rates };
  const world = createWorld({ seed: 1, startAt: START, workflows: 3, collections: 1, ...options.world, rates });
  const server = await startKnowledgeStackSimulator({ world, apiKey: API_KEY, ...options.server });
  onTestFinished(() => server.close());
  const ledger = await freshLedger('postgres');
  const generation = options.server?.generation === 1 ? 1 : 2;
  const name = generation === 1 ? 'stack-1' : 'stack-2';
  const settings = defineConnection({
    connector: knowledgeStack,
    name,
    apiKey: API_KEY,
    baseUrl: server.url,
    streams: options.streams,
    requests: { perSecond: Infinity, concurrency: 4 },
    ...options.connection,
  });
  const now = (): Instant => world.now;

  return {
    world,
    server,
    ledger,
    system: { name, world, server, settings, truth: knowledgeStackTruth(generation) },
    async poll(syncOptions = {}, laterMs = MINUTE_MS) {
      world.advanceBy(laterMs);
      const eventsBefore = (await readEvents(ledger)).length;
      const requestsBefore = server.requests.length;
      const { streams } = await sync(ledger, { connections: [settings], now, ...syncOptions });
      const events = (await readEvents(ledger)).slice(eventsBefore);
      return {
        stream: streams[0] as SyncStreamResult,
        streams,
        events,
        told: events.map((event) => `${event.record_id} ${wordsOf(event)}`).sort(),
        asked: server.requests.slice(requestsBefore),
      };
    },
    async use(method, path, body) {
      const response = await fetch(`${server.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? null : (JSON.parse(text) as unknown) };
    },
  };
}

/** What the source shows now is what the ledger says of it, nothing in that is invented, and the ledger is lawful. */
export async function expectTrue(stack: Stack): Promise<void> {
  await expectCaughtUpIn(stack.ledger, [stack.system]);
  await expectNothingInventedIn(stack.ledger, [stack.system]);
  await expectLawful(stack.ledger);
}

export function runOf({ world }: Stack, id: string): Run {
  const run = world.run(id);
  if (run === null) throw new Error(`there is no run ${id}`);
  return run;
}

function wordsOf({ event_type: type, to_status: to }: StoredEvent): string {
  return to === null ? type : `${type} ${to}`;
}

export async function historyOf({ ledger }: Stack, recordId: string): Promise<readonly StoredEvent[]> {
  return (await readEvents(ledger)).filter((event) => event.record_id === recordId);
}

/** What became of a record, as the ledger has it: `event_type to_status #attempt`. */
export async function storyOf(stack: Stack, recordId: string): Promise<readonly string[]> {
  return (await historyOf(stack, recordId)).map((event) => `${wordsOf(event)} #${event.attempt}`);
}

interface AttemptRow {
  readonly attempt: number;
  readonly attempt_key: Instant | null;
  readonly queued_at: Instant | null;
  readonly started_at: Instant | null;
  readonly finished_at: Instant | null;
  readonly outcome: string | null;
  readonly error: string | null;
  readonly is_flap: boolean;
}

export async function attemptsOf({ ledger }: Stack, recordId: string): Promise<readonly AttemptRow[]> {
  const { rows } = await sql<AttemptRow>`
    select attempt, attempt_key, queued_at, started_at, finished_at, outcome, error, is_flap
    from runledger.all_attempts where record_id = ${recordId} order by attempt`.execute(ledger.db);
  return rows;
}

export async function recordOf({ ledger }: Stack, recordId: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { rows } = await sql<Record<string, unknown>>`
    select * from runledger.records where record_id = ${recordId}`.execute(ledger.db);
  return rows[0];
}

export async function generationOf({ ledger }: Stack, stream: Stream): Promise<string | null | undefined> {
  const { rows } = await sql<{ generation: string | null }>`
    select generation from runledger.streams where stream = ${stream}`.execute(ledger.db);
  return rows[0]?.generation;
}

export async function openRecordsOf({ ledger }: Stack): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { rows } = await sql<Record<string, unknown>>`select * from runledger.open_records order by record_id`.execute(ledger.db);
  return rows;
}

/** Days of attempts that have ended, added up. */
export async function finishedOf({ ledger }: Stack): Promise<Readonly<Record<string, unknown>> | undefined> {
  const { rows } = await sql<Record<string, unknown>>`
    select sum(finished_count)::int as finished, sum(succeeded_count)::int as succeeded, sum(failed_count)::int as failed,
      sum(cancelled_count)::int as cancelled
    from runledger.failure_rates_daily`.execute(ledger.db);
  return rows[0];
}

/** The path of an ingestion below an endpoint, as a user of the source has to write it. */
export function pathOf(root: string, documentId: string): string {
  return `${root}/${encodeURIComponent(workflowIdOf(documentId))}`;
}

/** Method and path, the query left out. */
export function pathsOf(asked: readonly RequestRecord[]): readonly string[] {
  return asked.map(({ path }) => path);
}
