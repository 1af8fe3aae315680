import { sql, type Kysely, type Transaction } from 'kysely';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { LedgerTables } from '../../src/db/tables.ts';
import { addMicros } from '../../src/model/instant.ts';
import { freshLedger, type LedgerKind } from '../support/ledger.ts';
import { startRig } from './rig.ts';

const GUARDED = {
  events: ['events_refuse_change', 'events_refuse_truncate'],
  syncs: ['syncs_refuse_change'],
  sync_streams: ['sync_streams_refuse_change'],
};

/** What a superuser can do: statements that no trigger, no foreign key and no row check of the intervals stops. The triggers stand again afterwards. */
export async function tamper(db: Kysely<LedgerTables> | Transaction<LedgerTables>, ...statements: readonly string[]): Promise<void> {
  if (!db.isTransaction) {
    await db.transaction().execute((trx) => tamper(trx, ...statements));
    return;
  }
  await sql`set local session_replication_role = replica`.execute(db);
  for (const table of Object.keys(GUARDED)) await sql.raw(`alter table runledger.${table} disable trigger user`).execute(db);
  for (const statement of statements) await sql.raw(statement).execute(db);
  for (const [table, triggers] of Object.entries(GUARDED)) {
    const enable = table === 'events' ? 'enable always' : 'enable';
    for (const trigger of triggers) await sql.raw(`alter table runledger.${table} ${enable} trigger ${trigger}`).execute(db);
  }
  await sql`set local session_replication_role = origin`.execute(db);
}

/** A ledger that some syncs over a moving world have filled: a few hundred events with their details. */
export async function syncedLedger(kind: LedgerKind, runs = 40): Promise<Ledger> {
  const rig = await startRig({ world: { seed: 4, runs, rates: RATES } });
  const ledger = await freshLedger(kind);
  try {
    for (let i = 0; i < 3; i += 1) {
      const { streams } = await rig.sync(ledger);
      const error = streams.find((stream) => stream.error !== null)?.error;
      if (error != null) throw new Error(error.message);
      rig.world.advanceTo(addMicros(rig.world.now, 40n * 60_000_000n));
    }
  } finally {
    await rig.close();
  }
  return ledger;
}

const RATES = { runsPerHour: 40, stopShare: 0.08, waitingShare: 0.15, medianWaitMs: 600_000, medianRunMs: 900_000 };
