import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql, type Kysely, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';

/** At the root of the package, from `src/publish` as from `dist/publish`. */
const FOLDER = join(import.meta.dirname, '..', '..', 'sql', 'checks');
const FILE = /^\d\d_(\w+)\.sql$/;
const FIRST_COMMENT = /^-- (.+)\n/;

/** One law about the data of a ledger: a file of `sql/checks`, a query that returns no row while the law holds. */
export interface CheckFile {
  readonly name: string;
  /** The law in words: the comment in the file's first line. */
  readonly law: string;
  /** One query without a semicolon; a row of it says in its columns what contradicts what. */
  readonly text: string;
}

/** The laws in the order of their files. */
export function readCheckFiles(): readonly CheckFile[] {
  return readdirSync(FOLDER)
    .sort()
    .flatMap((file) => {
      const name = FILE.exec(file)?.[1];
      if (name === undefined) return [];
      const text = readFileSync(join(FOLDER, file), 'utf8');
      const law = FIRST_COMMENT.exec(text)?.[1];
      if (law === undefined) throw new TypeError(`sql/checks/${file} does not begin with a comment that says its law`);
      return [{ name, law, text }];
    });
}

/** @returns the first row that contradicts the law, column by column; null where there is none */
export async function runCheck(
  db: Kysely<LedgerTables> | Transaction<LedgerTables>,
  { text }: CheckFile,
): Promise<Readonly<Record<string, unknown>> | null> {
  const { rows } = await sql.raw<Record<string, unknown>>(`select * from (\n${text}\n) contradiction limit 1`).execute(db);
  return rows[0] ?? null;
}
