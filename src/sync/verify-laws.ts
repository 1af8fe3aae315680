import type { Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import { readCheckFiles, runCheck, type CheckFile } from '../publish/run-checks.ts';
import { brokenAt, checked, throwIfAborted, type VerifyBreak, type VerifyCheck, type VerifyOptions } from './verify-result.ts';

/** Whether every law of `sql/checks` holds. */
export async function verifyLaws(trx: Transaction<LedgerTables>, { signal, onProgress }: VerifyOptions): Promise<readonly VerifyCheck[]> {
  const files = readCheckFiles();
  const checks: VerifyCheck[] = [];
  for (const file of files) {
    throwIfAborted(signal, 'laws were verified');
    const row = await runCheck(trx, file);
    checks.push(checked(file.name, file.law, row === null ? null : lawBreak(file, row)));
    onProgress?.({ phase: 'checks', done: checks.length, total: files.length });
  }
  return checks;
}

function lawBreak({ name, law }: CheckFile, row: Readonly<Record<string, unknown>>): VerifyBreak {
  const { connection, stream, record_id: recordId, position } = row;
  const found = Object.entries(row)
    .map(([column, value]) => `${column} ${textOf(value)}`)
    .join(', ');
  return brokenAt(name, `a law does not hold (sql/checks, ${name}): ${found}`, {
    position: typeof position === 'bigint' ? position : null,
    record: recordId === undefined ? null : `${textOf(connection)}/${textOf(stream)}/${textOf(recordId)}`,
    found,
    expected: law,
  });
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return value;
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value);
}
