import { sql } from 'kysely';
import { expect } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { VerifyResult } from '../../src/sync/verify-result.ts';

export const MIDDLE = 20;
/** Out of the way of every position, while two of them are exchanged. */
export const ASIDE = 1_000_000;

export const LAST_KEY = `select connection, stream, max(record_id) from runledger.records group by 1, 2`;

export function expectBreak(result: VerifyResult, check: string, position: number, message: string): void {
  expect(result.ok).toBe(false);
  expect(result.break).toMatchObject({ check, position: BigInt(position) });
  expect(result.break?.message).toContain(message);
}

export function messageOf(result: VerifyResult, check: string): string | undefined {
  return result.checks.find(({ name }) => name === check)?.break?.message;
}

/** Two events in each other's place, each with the hash that it had. */
export function exchange(one: number, other: number): readonly string[] {
  return [
    `update runledger.events set position = ${ASIDE} where position = ${one}`,
    `update runledger.events set position = ${one} where position = ${other}`,
    `update runledger.events set position = ${other} where position = ${ASIDE}`,
  ];
}

/** An event like another one, of a record of its own. */
export function copyEvent(from: number, to: number): string {
  return `insert into runledger.events
    select (jsonb_populate_record(e, jsonb_build_object('position', ${to}, 'record_id', 'invented ${to}', 'sequence', 1))).*
    from runledger.events e where position = ${from}`;
}

export function copyRow(table: 'records' | 'attempts', recordId: string): string {
  return `insert into runledger.${table}
    select (jsonb_populate_record(r, jsonb_build_object('record_id', '${recordId}'))).* from runledger.${table} r limit 1`;
}

export async function detailedPosition(ledger: Ledger): Promise<string> {
  const { rows } = await sql<{ position: bigint }>`select position from runledger.details order by position limit 1 offset 3`.execute(
    ledger.db,
  );
  return String(rows[0]?.position);
}
