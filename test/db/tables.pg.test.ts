import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { freshLedger } from '../support/ledger.ts';

/** What a column's type is written as in `tables.ts`. `Generated<…>` and `Jsonb<…>` say how it is inserted. */
const WRITTEN: Readonly<Record<string, RegExp>> = {
  boolean: /^boolean$/,
  bytes: /^Uint8Array$/,
  number: /^number$/,
  bigint: /^bigint$/,
  json: /^Jsonb$/,
  text: /^(string|Stream|Status|StatusReason|EventType|Outcome|SyncStreamStatus|SyncResult|'[a-z_]+')$/,
  texts: /^readonly string\[\]$/,
  instant: /^Instant$/,
};

/** What the drivers make of a type of Postgres. */
const READ: Readonly<Record<string, keyof typeof WRITTEN>> = {
  bool: 'boolean',
  bytea: 'bytes',
  float8: 'number',
  int4: 'number',
  int8: 'bigint',
  jsonb: 'json',
  text: 'text',
  uuid: 'text',
  varchar: 'text',
  _text: 'texts',
  timestamptz: 'instant',
};

it('the row types are those of the tables, column by column', async () => {
  const ledger = await freshLedger('postgres');
  const { rows } = await sql<{ table_name: string; column_name: string; udt_name: string; is_nullable: boolean; has_default: boolean }>`
    select c.table_name, c.column_name, c.udt_name, c.is_nullable = 'YES' as is_nullable,
      c.column_default is not null or c.is_identity = 'YES' as has_default
    from information_schema.columns c
    join information_schema.tables t using (table_schema, table_name)
    where c.table_schema = 'runledger' and t.table_type = 'BASE TABLE' and c.table_name <> 'migrations_lock'
    order by c.table_name, c.ordinal_position`.execute(ledger.db);
  const inDatabase: Record<string, Record<string, string>> = {};
  for (const row of rows)
    (inDatabase[row.table_name] ??= {})[row.column_name] = describe(READ[row.udt_name] ?? row.udt_name, row.is_nullable, row.has_default);
  expect(rowTypes()).toEqual(inDatabase);
});

function describe(type: string, isNullable: boolean, hasDefault: boolean): string {
  return `${type}${isNullable ? ' null' : ''}${hasDefault ? ' default' : ''}`;
}

/** Reads the files themselves: types are gone when they run. */
function rowTypes(): Record<string, Record<string, string>> {
  const statements = ['tables.ts', 'watch-tables.ts'].flatMap((name) => {
    const file = join(import.meta.dirname, '../../src/db', name);
    return ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true).statements;
  });
  const interfaces = new Map(statements.filter(ts.isInterfaceDeclaration).map((declaration) => [declaration.name.text, declaration]));
  const membersOf = (name: string): readonly ts.PropertySignature[] => {
    const declaration = interfaces.get(name);
    if (declaration === undefined) throw new Error(`no interface ${name}`);
    const inherited = declaration.heritageClauses?.flatMap(({ types }) => types.flatMap((type) => membersOf(type.getText()))) ?? [];
    return [...inherited, ...declaration.members.filter(ts.isPropertySignature)];
  };
  return Object.fromEntries(
    membersOf('LedgerTables').map((table) => [
      nameOf(table).replace(/^runledger\./, ''),
      Object.fromEntries(
        membersOf(table.type?.getText() ?? '').map((column) => [nameOf(column), describeWritten(column.type?.getText() ?? '')]),
      ),
    ]),
  );
}

function nameOf(member: ts.PropertySignature): string {
  return ts.isStringLiteral(member.name) ? member.name.text : member.name.getText();
}

function describeWritten(text: string): string {
  const generated = /^Generated<(.*)>$/.exec(text);
  const parts = (generated?.[1] ?? text).split(' | ');
  const named = parts.filter((part) => part !== 'null').map((part) => part.replace(/^Jsonb<.*>$/, 'Jsonb').replace(/\['status'\]$/, ''));
  const type = Object.keys(WRITTEN).find((name) => named.every((part) => WRITTEN[name]?.test(part)));
  return describe(type ?? `unknown ${text}`, parts.includes('null'), generated !== null);
}
