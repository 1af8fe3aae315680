import type { Logger } from 'pino';
import type { Ledger } from '../../db/open-ledger.ts';
import type { Instant } from '../../model/instant.ts';
import { addMicros } from '../../model/instant.ts';
import type { SyncResult } from '../../model/sync-result.ts';
import type { RecordHistory } from '../../publish/read-history.ts';
import { readHistory } from '../../publish/read-history.ts';
import type { Report } from '../../publish/read-report.ts';
import { readReport } from '../../publish/read-report.ts';
import { sync } from '../../sync/sync.ts';
import type { Member } from './demo-cast.ts';
import type { DemoSource } from './demo-sources.ts';
import { CONNECTION_NAMES, startDemoSources } from './demo-sources.ts';
import type { DemoStory } from './demo-story.ts';
import type { FollowedEvent } from './followed-events.ts';
import { readFollowed } from './followed-events.ts';
import type { LedgerProof } from './ledger-proof.ts';
import { proveLedger } from './ledger-proof.ts';

/** What the demo has to tell, as it happens. All of it was read from the ledger or answered by a source. */
export type DemoStep =
  | { readonly kind: 'sources'; readonly sources: readonly SourceAtFirst[] }
  | {
      readonly kind: 'sync';
      readonly title: string;
      readonly meanwhile: string;
      readonly at: Instant;
      readonly result: SyncResult;
      /** Those of the runs and documents that the story follows. */
      readonly followed: readonly FollowedEvent[];
    }
  | {
      readonly kind: 'gone';
      readonly path: string;
      readonly status: number;
      readonly record: RecordHistory['record'];
      readonly event_count: number;
    }
  | { readonly kind: 'report'; readonly report: Report }
  | { readonly kind: 'history'; readonly history: RecordHistory }
  | { readonly kind: 'proof'; readonly proof: LedgerProof };

/** A source system as it is before the first sync. */
export interface SourceAtFirst {
  readonly connection: string;
  readonly title: string;
  readonly url: string;
  readonly run_count: number;
  readonly workflow_count: number;
  readonly document_count: number;
}

const REPORT_DAYS = 7n;

/** Plays the story against simulated sources on 127.0.0.1, and records it into the ledger: migrated, empty. */
export async function* playDemo(
  ledger: Ledger,
  { worlds, cast, scenes }: DemoStory,
  options: { readonly log: Logger; readonly signal: AbortSignal },
): AsyncGenerator<DemoStep, void> {
  let isFrozen = false;
  const sources = await startDemoSources(worlds, () => isFrozen);
  try {
    yield { kind: 'sources', sources: sources.map(atFirst) };
    for (const scene of scenes) {
      scene.move();
      isFrozen = scene.isFrozen;
      const at = worlds.now;
      const connections = sources.map(({ connection }) => connection);
      const result = await sync(ledger, { ...options, connections, now: () => worlds.now });
      options.signal.throwIfAborted();
      const followed = await readFollowed(ledger, result, [...cast.values()]);
      yield { kind: 'sync', title: scene.title, meanwhile: scene.meanwhile, at, result, followed };
    }
    const deleted = cast.get('deleted');
    if (deleted !== undefined) yield* tellDeleted(ledger, sources, deleted);
    yield { kind: 'report', report: await readReport(ledger, lastDays(worlds.now)) };
    const history = deleted === undefined ? null : await readMember(ledger, deleted);
    if (history !== null) yield { kind: 'history', history };
    yield { kind: 'proof', proof: await proveLedger(ledger) };
  } finally {
    await Promise.all(sources.map(({ close }) => close()));
  }
}

function atFirst({ title, world, connection }: DemoSource): SourceAtFirst {
  return {
    connection: connection.name,
    title,
    url: connection.baseUrl,
    run_count: world.runs.filter(({ deletedAt }) => deletedAt === null).length,
    workflow_count: world.workflows.length,
    document_count: world.documents.filter(({ deletedAt }) => deletedAt === null).length,
  };
}

/** Asks Noxus for the run that was deleted there, and the ledger for what it knows of it. */
async function* tellDeleted(ledger: Ledger, sources: readonly DemoSource[], member: Member): AsyncGenerator<DemoStep, void> {
  const source = sources.find(({ name }) => name === member.source);
  if (source === undefined) return;
  const { connector, baseUrl, apiKey } = source.connection;
  const path = `/v1/runs/${member.record.id}`;
  const response = await fetch(`${baseUrl}${path}`, { headers: connector.headers(apiKey) });
  await response.body?.cancel();
  const history = await readMember(ledger, member);
  if (history !== null) yield { kind: 'gone', path, status: response.status, record: history.record, event_count: history.events.length };
}

function readMember(ledger: Ledger, { source, stream, record }: Member): Promise<RecordHistory | null> {
  return readHistory(ledger, { connection: CONNECTION_NAMES[source], stream, recordId: record.id });
}

function lastDays(now: Instant): Parameters<typeof readReport>[1] {
  const until = addMicros(now, 1n);
  return { since: addMicros(until, -REPORT_DAYS * 86_400_000_000n), until, by: 'connection', timeZone: 'UTC' };
}
