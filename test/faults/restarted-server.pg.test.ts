import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { openLedger, type Ledger } from '../../src/db/open-ledger.ts';
import type { SyncStreamResult } from '../../src/model/sync-result.ts';
import { migrateLedger } from '../../src/sync/migrate-ledger.ts';
import { withConnection } from '../support/database.ts';
import { silent } from '../support/ledger.ts';
import { startPostgresServer, type PostgresServer, type RestartKind } from '../support/postgres-server.ts';
import { startBlocking } from './blocking-session.ts';
import { startRetryLog } from './retry-log.ts';
import { plainStory, startStory, type ScanStory } from './scan-story.ts';

let server: PostgresServer;

beforeAll(async () => {
  // Without it a server that crashes may forget what it said was committed, and no client can mend that.
  server = await startPostgresServer({ settings: ['synchronous_commit=on'] });
});
afterAll(() => server.stop());

it.each<[string, RestartKind]>([
  ['is restarted', 'fast'],
  ['crashes', 'crash'],
])('a sync goes on and completes where the server %s in the middle of a batch, as if nothing had been', async (_name, how) => {
  const { story, ledger, streams, met } = await syncMeeting(how);
  expect(met).not.toEqual([]);
  expect(streams).toEqual((await plainStory()).streams);
  await story.expectFirst(ledger);
  await story.expectSecond(ledger);
});

interface Met {
  readonly story: ScanStory;
  readonly ledger: Ledger;
  readonly streams: readonly SyncStreamResult[];
  /** What the database was asked again for. */
  readonly met: readonly string[];
}

/** A first scan of which a batch is recorded, and another in hand, when the server goes away. */
async function syncMeeting(how: RestartKind): Promise<Met> {
  const ledger = await ledgerOf(`ledger_${how}`);
  const story = await startStory();
  const { log, met } = startRetryLog();
  const session = await startBlocking(ledger.url);
  const { done } = await story.syncToMiddle(ledger, () => session.run('select from runledger.ledger_head for update'), { log });
  await session.untilBlocking();
  await server.restart(how);
  const { streams } = await done;
  return { story, ledger, streams, met: met() };
}

async function ledgerOf(database: string): Promise<Ledger & { readonly url: string }> {
  await withConnection(server.url, (client) => client.query(`create database ${database} encoding 'UTF8' template template0`));
  const url = new URL(server.url);
  url.pathname = `/${database}`;
  const ledger = await openLedger({ database: { kind: 'postgres', url: url.href }, mode: 'write', log: silent });
  onTestFinished(() => ledger.close());
  await migrateLedger(ledger, { log: silent });
  return { ...ledger, url: url.href };
}
