import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import { instantFromMillis, type Instant } from '../../src/model/instant.ts';
import type { Observation } from '../../src/model/observation.ts';
import { beginSync } from '../../src/record/begin-sync.ts';
import { takeLease } from '../../src/record/stream-lease.ts';
import { upsertConnection } from '../../src/record/upsert-connection.ts';
import type { BatchTarget } from '../../src/sync/batch.ts';
import { recordBatch } from '../../src/sync/record-batch.ts';
import { RESPONSE } from '../observe/evidence.ts';
import { freshLedger, LEDGER_KINDS, silent } from '../support/ledger.ts';
import { expectConsistent, readEvents } from './hold-against-truth.ts';

const START = Date.UTC(2026, 0, 1);
const at = (second: number): Instant => instantFromMillis(START + second * 1000);

function seen(recordId: string, status: 'queued' | 'running' | 'failed', second: number, more: Partial<Observation> = {}): Observation {
  return {
    recordId,
    reading: { kind: 'known', status, reason: null },
    sourceStatus: status,
    createdAt: at(0),
    queuedEvidence: at(0),
    facts: { workflow_id: 'w' },
    body: { id: recordId, status },
    anomalies: [],
    response: { ...RESPONSE, sentAt: at(second), receivedAt: at(second + 1) },
    ...more,
  };
}

async function targetOn(ledger: Ledger, connection: string): Promise<BatchTarget> {
  return await ledger.db.transaction().execute(async (trx) => {
    await upsertConnection(trx, { name: connection, connector: 'test', baseUrl: 'http://127.0.0.1', label: null, stuckAfterMs: null });
    const syncId = await beginSync(trx, { runledgerVersion: '0', host: 'h', processId: 1, configDigest: '' }, at(0));
    const lease = { connection, stream: 'runs', syncId, holder: 'me', mode: null, startedAt: at(0), isDead: () => true } as const;
    await takeLease(trx, lease);
    const kind = { name: 'test', reopensFrom: [], isKeyed: false, finishTellsAttempts: false };
    return {
      connection,
      stream: 'runs',
      syncId,
      kind,
      wordsSince: null,
      since: at(5),
      isDetailWanted: () => false,
      isDetailShownById: false,
    };
  });
}

const batch = (...observations: readonly Observation[]) => ({ observations, rejections: [], purpose: 'list', shownBy: 'all' }) as const;

async function counts(ledger: Ledger): Promise<Record<string, bigint>> {
  const { rows } = await sql<Record<string, bigint>>`
    select (select count(*) from runledger.events) as events, (select count(*) from runledger.records) as records,
      (select count(*) from runledger.attempts) as attempts, (select count(*) from runledger.details) as details,
      (select count(*) from runledger.responses) as responses, (select count(*) from runledger.sightings) as sightings,
      (select position from runledger.ledger_head) as head`.execute(ledger.db);
  return rows[0] as Record<string, bigint>;
}

/** Every table that a batch writes, in the order in which it does. */
const WRITES = ['responses', 'events', 'details', 'record_salts', 'records', 'attempts', 'sightings', 'workflows'] as const;

describe.each(LEDGER_KINDS)('a batch recorded in %s', (kind) => {
  it('leaves events, records, attempts, details, answers and sightings that belong together', async () => {
    const ledger = await freshLedger(kind);
    const target = await targetOn(ledger, 'c');
    const result = await recordBatch(ledger, target, batch(seen('b', 'running', 10), seen('a', 'queued', 10)), { log: silent });
    expect(result).toMatchObject({ newCount: 2, changedCount: 0, appendedCount: 3 });
    expect(await counts(ledger)).toEqual({ events: 3n, records: 2n, attempts: 2n, details: 2n, responses: 2n, sightings: 2n, head: 3n });
    await expectConsistent(ledger);
  });

  it.each(WRITES)('leaves nothing behind when writing %s fails', async (table) => {
    const ledger = await freshLedger(kind);
    const target = await targetOn(ledger, 'c');
    await sql`create function pg_temp_fail() returns trigger language plpgsql as $$ begin raise exception 'disk trouble'; end $$`.execute(
      ledger.db,
    );
    await sql`create trigger fail before insert on ${sql.table(`runledger.${table}`)} for each statement execute function pg_temp_fail()`.execute(
      ledger.db,
    );
    const failing = seen('a', 'failed', 10, { error: 'boom', workflow: { id: 'w', name: 'n', type: null } });
    await expect(recordBatch(ledger, target, batch(failing, seen('b', 'running', 10)), { log: silent })).rejects.toThrow(/disk trouble/);
    expect(await counts(ledger)).toEqual({ events: 0n, records: 0n, attempts: 0n, details: 0n, responses: 0n, sightings: 0n, head: 0n });
    await sql`drop function pg_temp_fail() cascade`.execute(ledger.db);
    await recordBatch(ledger, target, batch(failing, seen('b', 'running', 10)), { log: silent });
    await expectConsistent(ledger);
  });

  it('appends nothing the second time, and touches no finished record', async () => {
    const ledger = await freshLedger(kind);
    const target = await targetOn(ledger, 'c');
    await recordBatch(ledger, target, batch(seen('a', 'failed', 10, { error: 'boom' }), seen('b', 'running', 10)), { log: silent });
    const before = await counts(ledger);
    const result = await recordBatch(ledger, target, batch(seen('a', 'failed', 20, { error: 'boom' }), seen('b', 'running', 20)), {
      log: silent,
    });
    expect(result).toMatchObject({ unchangedCount: 2, appendedCount: 0 });
    expect(await counts(ledger)).toEqual(before);
  });

  it('tells another error of the same record apart, without storing a digest that could be guessed', async () => {
    const ledger = await freshLedger(kind);
    const target = await targetOn(ledger, 'c');
    await recordBatch(ledger, target, batch(seen('a', 'failed', 10, { error: 'boom' }), seen('b', 'failed', 10, { error: 'boom' })), {
      log: silent,
    });
    await recordBatch(ledger, target, batch(seen('a', 'failed', 20, { error: 'bang' })), { log: silent });
    const digests = (await readEvents(ledger)).flatMap((event) => event.facts.error_digest ?? []);
    expect(new Set(digests).size).toBe(3);
    const { rows } = await sql<{ error: string }>`select error from runledger.details where error is not null order by position`.execute(
      ledger.db,
    );
    expect(rows.map((row) => row.error)).toEqual(['boom', 'boom', 'bang']);
  });

  it('is refused once another sync has taken the stream', async () => {
    const ledger = await freshLedger(kind);
    const first = await targetOn(ledger, 'c');
    await targetOn(ledger, 'c');
    await expect(recordBatch(ledger, first, batch(seen('a', 'queued', 10)), { log: silent })).rejects.toMatchObject({
      code: 'ledger_locked',
    });
  });
});

describe('two connections that record at once', () => {
  it('share one line of positions without a gap, in the order of their commits', async () => {
    const ledger = await freshLedger('postgres');
    const targets = await Promise.all(['c1', 'c2', 'c3'].map((name) => targetOn(ledger, name)));
    await Promise.all(
      targets.flatMap((target) =>
        [10, 20, 30, 40].map((second) =>
          recordBatch(ledger, target, batch(...['a', 'b', 'c'].map((id) => seen(`${id}${second}`, 'running', second))), { log: silent }),
        ),
      ),
    );
    expect((await counts(ledger))['head']).toBe(72n);
    await expectConsistent(ledger);
    const { rows } = await sql`
      select 1 from runledger.events e join runledger.events n on n.position = e.position + 1 where n.recorded_at < e.recorded_at`.execute(
      ledger.db,
    );
    expect(rows).toEqual([]);
  });
});
