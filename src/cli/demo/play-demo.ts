import { sql } from 'kysely';
import type { Logger } from 'pino';
import { noxus } from '../../connectors/noxus/noxus.ts';
import type { Ledger } from '../../db/open-ledger.ts';
import type { ConnectionSettings } from '../../model/connection.ts';
import type { Instant } from '../../model/instant.ts';
import { addMicros } from '../../model/instant.ts';
import type { PlannedEvent, SyncResult } from '../../model/sync-result.ts';
import type { RecordHistory } from '../../publish/read-history.ts';
import { readHistory } from '../../publish/read-history.ts';
import type { Report } from '../../publish/read-report.ts';
import { readReport } from '../../publish/read-report.ts';
import { startNoxusSimulator } from '../../simulator/noxus/start-noxus-simulator.ts';
import type { World } from '../../simulator/world.ts';
import { defineConnection } from '../../sync/define-connection.ts';
import { sync } from '../../sync/sync.ts';
import type { DemoStory } from './demo-story.ts';
import type { LedgerProof } from './ledger-proof.ts';
import { proveLedger } from './ledger-proof.ts';

/** What the demo has to tell, as it happens. All of it was read from the ledger or answered by the source. */
export type DemoStep =
  | {
      readonly kind: 'source';
      readonly url: string;
      readonly run_count: number;
      readonly workflow_count: number;
      readonly document_count: number;
      readonly collection_count: number;
    }
  | {
      readonly kind: 'sync';
      readonly title: string;
      readonly meanwhile: string;
      readonly at: Instant;
      readonly result: SyncResult;
      /** Those of the runs and the document that the story follows. */
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

export interface FollowedEvent extends PlannedEvent {
  /** null for a document */
  readonly workflow_name: string | null;
}

export const DEMO_CONNECTION = 'noxus-demo';

/** Between two machines time passes on the way; without it every interval of evidence would be empty. */
const LATENCY_MICROS = 40_000n;
const REPORT_DAYS = 7n;

/** Plays the story against a simulated source on 127.0.0.1, and records it into the ledger: migrated, empty. */
export async function* playDemo(
  ledger: Ledger,
  { world, cast, scenes }: DemoStory,
  options: { readonly log: Logger; readonly signal: AbortSignal },
): AsyncGenerator<DemoStep, void> {
  let isFrozen = false;
  const latency = (): void => {
    if (!isFrozen) world.advanceTo(addMicros(world.now, LATENCY_MICROS));
  };
  const apiKey = `key-of-world-${world.seed}`;
  const server = await startNoxusSimulator({ world, apiKey, order: 'newest_first', latency });
  try {
    const connection = defineConnection({
      connector: noxus,
      name: DEMO_CONNECTION,
      label: 'simulated',
      apiKey,
      baseUrl: server.url,
      requests: UNLIMITED,
    });
    yield {
      kind: 'source',
      url: server.url,
      run_count: world.runs.filter(({ deletedAt }) => deletedAt === null).length,
      workflow_count: world.workflows.length,
      document_count: world.documents.filter(({ deletedAt }) => deletedAt === null).length,
      collection_count: world.collections.length,
    };
    for (const scene of scenes) {
      scene.move();
      isFrozen = scene.isFrozen;
      const at = world.now;
      const result = await sync(ledger, { ...options, connections: [connection], now: () => world.now });
      options.signal.throwIfAborted();
      yield {
        kind: 'sync',
        title: scene.title,
        meanwhile: scene.meanwhile,
        at,
        result,
        followed: await readFollowed(ledger, result, [...cast.values()]),
      };
    }
    const deleted = cast.get('deleted');
    if (deleted !== undefined) yield* tellDeleted(ledger, connection, deleted);
    yield { kind: 'report', report: await readReport(ledger, lastDays(world)) };
    const history = deleted === undefined ? null : await readRun(ledger, deleted);
    if (history !== null) yield { kind: 'history', history };
    yield { kind: 'proof', proof: await proveLedger(ledger) };
  } finally {
    await server.close();
  }
}

const UNLIMITED = { perSecond: Infinity };

/** Asks the source for the run that was deleted there, and the ledger for what it knows of it. */
async function* tellDeleted(ledger: Ledger, connection: ConnectionSettings, run: { readonly id: string }): AsyncGenerator<DemoStep, void> {
  const path = `/v1/runs/${run.id}`;
  const response = await fetch(`${connection.baseUrl}${path}`, { headers: connection.connector.headers(connection.apiKey) });
  await response.body?.cancel();
  const history = await readRun(ledger, run);
  if (history !== null) yield { kind: 'gone', path, status: response.status, record: history.record, event_count: history.events.length };
}

function readRun(ledger: Ledger, run: { readonly id: string }): Promise<RecordHistory | null> {
  return readHistory(ledger, { connection: DEMO_CONNECTION, stream: 'runs', recordId: run.id });
}

function lastDays(world: World): Parameters<typeof readReport>[1] {
  const until = addMicros(world.now, 1n);
  return { since: addMicros(until, -REPORT_DAYS * 86_400_000_000n), until, by: 'workflow', timeZone: 'UTC' };
}

async function readFollowed(
  ledger: Ledger,
  { sync_id: syncId }: SyncResult,
  cast: readonly { readonly id: string }[],
): Promise<readonly FollowedEvent[]> {
  const { rows } = await sql<FollowedEvent>`
    select
      e.connection, e.stream, e.record_id, e.event_type, e.attempt, e.from_status, e.to_status, e.source_status, e.occurred_at, e.anomalies,
      r.workflow_name
    from runledger.events e
    left join runledger.runs r on e.stream = 'runs' and r.connection = e.connection and r.record_id = e.record_id
    where e.sync_id = ${syncId}
      and e.record_id in (select jsonb_array_elements_text(${JSON.stringify(cast.map(({ id }) => id))}::jsonb))
    order by e.position`.execute(ledger.db);
  return rows;
}
