import { sql } from 'kysely';
import { checkCurrent, readApplied } from '../db/check-schema.ts';
import type { Ledger } from '../db/open-ledger.ts';
import type { ErrorCode } from '../model/errors.ts';
import { RunledgerError } from '../model/errors.ts';
import type { Settings } from './settings/load-settings.ts';

export interface LedgerCheck {
  readonly place: string;
  /** What the next sync will have to do first; null where nothing. */
  readonly note: string | null;
}

/**
 * Whether a sync could record into this database. A ledger that does not exist yet is fine, because the first sync makes it.
 *
 * @throws RunledgerError ledger_denied
 */
export async function checkLedger(ledger: Ledger, migrate: Settings['migrate']): Promise<LedgerCheck> {
  const { place } = ledger;
  const applied = await readApplied(ledger.db);
  if (applied.length > 0) await checkMayRecord(ledger);
  else if (migrate === 'auto') await checkMayCreate(ledger);
  try {
    checkCurrent(applied, place);
    return { place, note: null };
  } catch (error) {
    const note = error instanceof RunledgerError ? missingNote(error.code, migrate) : null;
    if (note === null) throw error;
    return { place, note };
  }
}

/** @returns null where the error is not about a ledger that is missing or old */
export function missingNote(code: ErrorCode, migrate: Settings['migrate']): string | null {
  const isManual = migrate === 'manual';
  if (code === 'no_ledger') return `no ledger yet; ${isManual ? '`runledger migrate`' : 'the first sync'} makes it`;
  if (code === 'ledger_behind') return `${isManual ? '`runledger migrate`' : 'the next sync'} brings it up to date`;
  return null;
}

async function checkMayRecord({ db, place }: Ledger): Promise<void> {
  const { rows } = await sql<{ may: boolean }>`select has_table_privilege('runledger.events', 'insert') as may`.execute(db);
  if (rows[0]?.may === true) return;
  throw new RunledgerError('ledger_denied', `${place} has a ledger, and this user may not write to it`, {
    hint: 'The user is enough for the commands that read. For `runledger sync`, name the one that owns the schema runledger.',
  });
}

async function checkMayCreate({ db, place }: Ledger): Promise<void> {
  const { rows } = await sql<{ may: boolean }>`
    select coalesce(
      has_schema_privilege(to_regnamespace('runledger'), 'create'),
      has_database_privilege(current_database(), 'create')
    ) as may`.execute(db);
  if (rows[0]?.may === true) return;
  throw new RunledgerError('ledger_denied', `${place} has no ledger yet, and this user may not create the schema runledger`, {
    hint: 'grant create on database … to …; or its owner runs `runledger migrate`, and the settings say migrate: manual.',
  });
}
