import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import { instantFromMillis, type Instant } from '../../src/model/instant.ts';
import type { Observation } from '../../src/model/observation.ts';
import { beginSync } from '../../src/record/begin-sync.ts';
import { takeLease } from '../../src/record/stream-lease.ts';
import { upsertConnection } from '../../src/record/upsert-connection.ts';
import type { Batch, BatchTarget } from '../../src/sync/batch.ts';
import { createLedgerRecorder } from '../../src/sync/ledger-recorder.ts';
import { recordBatch } from '../../src/sync/record-batch.ts';
import { RESPONSE } from '../observe/evidence.ts';
import { freshLedger, silent } from '../support/ledger.ts';
import { readEvents } from './hold-against-truth.ts';

/** What the ledger itself remembers of who saw what, from one sync to the next and within one. */

const START = Date.UTC(2026, 0, 1);
const DAY = 86_400;

function at(second: number): Instant {
  return instantFromMillis(START + second * 1000);
}

function seen(status: 'queued' | 'running', second: number, attemptKey?: string): Observation {
  return {
    recordId: 'x',
    reading: { kind: 'known', status, reason: null },
    sourceStatus: status,
    facts: {},
    body: null,
    anomalies: [],
    ...(attemptKey !== undefined && { attemptKey }),
    response: { ...RESPONSE, serverDate: null, sentAt: at(second), receivedAt: at(second + 1) },
  };
}

async function begun(ledger: Ledger): Promise<bigint> {
  return await ledger.db.transaction().execute(async (trx) => {
    await upsertConnection(trx, { name: 'c', connector: 'test', baseUrl: 'http://127.0.0.1', label: null, stuckAfterMs: null });
    return await beginSync(trx, { runledgerVersion: '0', host: 'h', processId: 1, configDigest: '' }, at(0));
  });
}

async function leased(ledger: Ledger, syncId: bigint, second: number, isKeyed = false): Promise<BatchTarget> {
  const lease = { connection: 'c', stream: 'runs', syncId, holder: 'me', mode: null, startedAt: at(second), isDead: () => true } as const;
  await ledger.db.transaction().execute((trx) => takeLease(trx, lease));
  const kind = { name: 't', reopensFrom: [], isKeyed, finishTellsAttempts: false };
  return { connection: 'c', stream: 'runs', syncId, kind, wordsSince: null, isDetailWanted: () => false, isDetailShownById: false };
}

function listed(...observations: readonly Observation[]): Batch {
  return { observations, rejections: [], purpose: 'list', shownBy: 'all' };
}

describe('within one sync', () => {
  it.each([
    ['that began before the one before it', true],
    ['that began after it', false],
  ])('%s, an answer that was asked for before another is stale', async (_, isReversed) => {
    const ledger = await freshLedger('postgres');
    const ids = [await begun(ledger), await begun(ledger)];
    const [first, second] = (isReversed ? ids.reverse() : ids) as [bigint, bigint];
    await recordBatch(ledger, await leased(ledger, first, 0), listed(seen('running', 10)), { log: silent });
    const target = await leased(ledger, second, 20);
    await recordBatch(ledger, target, listed(seen('running', 30)), { log: silent });
    expect(await recordBatch(ledger, target, listed(seen('queued', 25)), { log: silent })).toMatchObject({ staleCount: 1 });
    expect(await readEvents(ledger)).toHaveLength(1);
  });
});

describe('from one sync to the next', () => {
  it('an answer that was asked for before what the last one saw, by a clock that was ahead, is the newer', async () => {
    const ledger = await freshLedger('postgres');
    await recordBatch(ledger, await leased(ledger, await begun(ledger), DAY), listed(seen('queued', DAY + 10)), { log: silent });
    const target = await leased(ledger, await begun(ledger), 100);
    await recordBatch(ledger, target, listed(seen('running', 110)), { log: silent });
    expect((await readEvents(ledger)).map(({ to_status: status, earliest_at: earliest }) => [status, earliest])).toEqual([
      ['queued', null],
      ['running', null],
    ]);
    const { rows } = await sql`select last_sent_at, sync_id from runledger.sightings`.execute(ledger.db);
    expect(rows).toEqual([{ last_sent_at: at(110), sync_id: target.syncId }]);
  });

  it('an open record that lists show without its key is read by id, also after our clock was set back', async () => {
    const ledger = await freshLedger('postgres');
    const first = await leased(ledger, await begun(ledger), DAY, true);
    await recordBatch(ledger, first, { ...listed(seen('running', DAY + 10, 'k')), shownBy: 'id' }, { log: silent });
    for (const second of [100, 200]) {
      const recorder = createLedgerRecorder(ledger, await leased(ledger, await begun(ledger), second, true), at(second), { log: silent });
      await recorder.record(listed(seen('running', second + 10)));
      expect((await recorder.openUnread(10)).map(({ recordId }) => recordId)).toEqual(['x']);
    }
  });
});
