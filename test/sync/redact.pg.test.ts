import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import { inTransaction } from '../../src/db/transaction.ts';
import type { RecordKey } from '../../src/model/event.ts';
import { redactRecord } from '../../src/sync/redact.ts';
import { rebuildLedger } from '../../src/sync/rebuild.ts';
import { verifyLedger } from '../../src/sync/verify.ts';
import { freshLedger, LEDGER_KINDS, silent } from '../support/ledger.ts';
import { expectLawful, HOUR_MS } from './absence-rig.ts';
import { readEvents } from './hold-against-truth.ts';
import { openStack } from './knowledge-stack-rig.ts';
import { startRig, type Rig } from './rig.ts';

/** Documents: of these Noxus shows why they failed. */
const RATES = {
  documentsPerHour: 10,
  documentFailureShare: 0.8,
  documentRetryShare: 0,
  documentEditShare: 0,
  documentDeletionShare: 0,
  medianUploadedMs: 600_000,
  medianTrainingMs: 1_200_000,
};

async function startSynced(ledger: Ledger, onRequest: () => Promise<void> = () => Promise.resolve()): Promise<Rig> {
  const rig = await startRig({
    world: { seed: 3, runs: 0, documents: 20, rates: RATES },
    server: { latency: onRequest },
    connection: { streams: ['documents'] },
  });
  onTestFinished(() => rig.close());
  rig.world.advanceBy(3 * HOUR_MS);
  expect((await rig.sync(ledger)).streams).toMatchObject([{ status: 'succeeded', error: null }]);
  return rig;
}

async function oneWhere(ledger: Ledger, condition: string): Promise<RecordKey> {
  const { rows } = await sql<{ record_id: string }>`
    select record_id from runledger.all_records where ${sql.raw(condition)} order by record_id limit 1`.execute(ledger.db);
  const [row] = rows;
  if (row === undefined) throw new Error(`no record is ${condition}`);
  return { connection: 'noxus-main', stream: 'documents', recordId: row.record_id };
}

async function keptOf(ledger: Ledger, { recordId }: RecordKey): Promise<{ kept: number; salts: number; error: string | null }> {
  const { rows } = await sql<{ kept: number; salts: number; error: string | null }>`
    select
      (select count(*)::integer from runledger.events e join runledger.details d using (position)
        where e.record_id = ${recordId} and (d.salt is not null or d.error is not null or d.body is not null)) as kept,
      (select count(*)::integer from runledger.record_salts where record_id = ${recordId}) as salts,
      (select error from runledger.all_records where record_id = ${recordId}) as error`.execute(ledger.db);
  return rows[0] as { kept: number; salts: number; error: string | null };
}

describe('redacting a record', () => {
  it.each(LEDGER_KINDS)('takes its error texts and bodies away, and leaves its events and the chain whole, in %s', async (kind) => {
    const ledger = await freshLedger(kind);
    await startSynced(ledger);
    const key = await oneWhere(ledger, 'error is not null');
    const before = await readEvents(ledger);
    expect(await keptOf(ledger, key)).toMatchObject({ salts: 1, error: expect.any(String) as string });
    const result = await redactRecord(ledger, key);
    const own = before.filter((event) => event.record_id === key.recordId);
    expect(result).toMatchObject({
      record_key: `noxus-main/documents/${key.recordId}`,
      was_redacted: false,
      position: BigInt(before.length + 1),
      event_count: own.length + 1,
      cleared_error_count: 1,
    });
    expect(result.cleared_body_count).toBeGreaterThan(0);
    expect(result.kept_columns).toEqual(expect.arrayContaining(['status', 'collection_id', 'created_at', 'error_digest']));
    expect(await keptOf(ledger, key)).toEqual({ kept: 0, salts: 0, error: null });
    const events = await readEvents(ledger);
    expect(events.slice(0, -1)).toEqual(before);
    expect(events.at(-1)).toMatchObject({
      ...{ event_type: 'redacted', record_id: key.recordId, sequence: own.length + 1, facts: {}, response_id: null, sync_id: null },
      occurred_at: result.redacted_at,
    });
    await expectLawful(ledger);
    expect(await rebuildLedger(ledger)).toMatchObject({ records_changed_count: 0, attempts_changed_count: 0 });
  });

  it('takes away what the source last said that it was doing, and keeps that of no later answer', async () => {
    const stack = await openStack({ streams: ['documents'] });
    const { ledger, world } = stack;
    const document = world.addDocument();
    world.moveDocument(document.id, 'running');
    await stack.poll();
    const activity = async (): Promise<unknown> =>
      (await sql`select last_activity, record_id from runledger.sightings`.execute(ledger.db)).rows;
    const [seen] = (await activity()) as readonly { last_activity: string | null; record_id: string }[];
    expect(seen?.last_activity).toEqual(expect.any(String));
    const recordId = seen?.record_id ?? '';
    await redactRecord(ledger, { connection: 'stack-2', stream: 'documents', recordId });
    expect(await activity()).toEqual([{ last_activity: null, record_id: recordId }]);
    expect((await stack.poll()).stream).toMatchObject({ observed_count: 2, error: null });
    expect(await activity()).toEqual([{ last_activity: null, record_id: recordId }]);
  });

  it('appends nothing the second time, and says when it was done', async () => {
    const ledger = await freshLedger('postgres');
    await startSynced(ledger);
    const key = await oneWhere(ledger, 'error is not null');
    const first = await redactRecord(ledger, key);
    const again = await redactRecord(ledger, key);
    expect(again).toEqual({ ...first, was_redacted: true, cleared_error_count: 0, cleared_body_count: 0 });
    expect((await readEvents(ledger)).length).toBe(Number(first.position));
  });

  it('refuses a record that there is not, and changes nothing', async () => {
    const ledger = await freshLedger('postgres');
    const key = { connection: 'noxus-main', stream: 'runs', recordId: 'nothing' } as const;
    await expect(redactRecord(ledger, key)).rejects.toMatchObject({ code: 'no_record' });
    expect(await verifyLedger(ledger)).toMatchObject({ ok: true, head_position: 0n });
  });

  it('keeps nothing of what comes later, also of a sync that was under way', async () => {
    const ledger = await freshLedger('postgres');
    let key: RecordKey | null = null;
    const rig = await startSynced(ledger, async () => {
      if (key === null) return;
      const redacted = key;
      key = null;
      await redactRecord(ledger, redacted);
    });
    const open = await oneWhere(ledger, 'not is_terminal');
    rig.world.advanceBy(12 * HOUR_MS);
    key = open;
    expect((await rig.sync(ledger)).streams).toMatchObject([{ status: 'succeeded', error: null }]);
    expect(key).toBeNull();
    const own = (await readEvents(ledger)).filter((event) => event.record_id === open.recordId);
    const redaction = own.findIndex((event) => event.event_type === 'redacted');
    const later = own.slice(redaction + 1);
    expect(redaction).toBeGreaterThan(0);
    expect(later.map(({ to_status: status }) => status)).toContain('failed');
    expect(later.map(({ details_digest: digest }) => digest)).toEqual(later.map(() => null));
    expect(later.some(({ facts }) => 'error_digest' in facts)).toBe(false);
    expect(await keptOf(ledger, open)).toEqual({ kept: 0, salts: 0, error: null });
    await expectLawful(ledger);
  });
});

it('a redaction waits for a batch in hand, and a batch for it', async () => {
  const ledger = await freshLedger('postgres');
  await startSynced(ledger);
  const key = await oneWhere(ledger, 'error is not null');
  let isRedacted = false;
  let redaction: Promise<unknown> = Promise.resolve();
  await inTransaction(
    ledger,
    async (trx) => {
      await sql`select from runledger.streams where connection = 'noxus-main' and stream = 'documents' for update`.execute(trx);
      redaction = redactRecord(ledger, key).then(() => (isRedacted = true));
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(isRedacted).toBe(false);
    },
    { log: silent },
  );
  await redaction;
  expect(isRedacted).toBe(true);
});
