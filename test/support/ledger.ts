import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { pino } from 'pino';
import { inject, onTestFinished } from 'vitest';
import { embeddedDatabase } from '../../src/db/open-embedded.ts';
import { openLedger, type Ledger } from '../../src/db/open-ledger.ts';
import { migrateLedger } from '../../src/sync/migrate-ledger.ts';
import { asAdmin, databaseUrl, freshDatabase } from './database.ts';

export type LedgerKind = 'postgres' | 'embedded';

/** `describe.each(LEDGER_KINDS)`: whatever one connection can show is shown on both. */
export const LEDGER_KINDS: readonly LedgerKind[] = ['postgres', 'embedded'];

export const silent = pino({ level: 'silent' });

/**
 * A migrated, empty ledger, a copy of one made once for the test run. Closing it, which whoever called this may also leave to the end of the test,
 * drops it. Called outside of a test (in `beforeAll`), it must be closed by hand.
 */
export async function freshLedger(kind: LedgerKind): Promise<Ledger> {
  const ledger = kind === 'postgres' ? await inPostgres() : await inMemory();
  let closing: Promise<void> | null = null;
  const once: Ledger = { ...ledger, close: () => (closing ??= ledger.close()) };
  try {
    onTestFinished(() => once.close());
  } catch {
    // In a hook there is no test whose end could close it.
  }
  return once;
}

async function inPostgres(): Promise<Ledger> {
  const database = await freshDatabase({ template: await postgresTemplate() });
  const ledger = await openLedger({ database: { kind: 'postgres', url: database.url }, mode: 'write', log: silent });
  return {
    ...ledger,
    close: async () => {
      await ledger.close();
      await database.drop();
    },
  };
}

/** The embedded kind, in memory: its folder is tested where the folder is the point. */
async function inMemory(): Promise<Ledger> {
  const template = new Blob([readFileSync(await embeddedTemplate())]);
  return memoryLedger(await PGlite.create({ loadDataDir: template }));
}

function memoryLedger(pglite: PGlite): Ledger {
  const db = embeddedDatabase(pglite);
  return { db, target: { kind: 'embedded', path: ':memory:' }, place: 'embedded:in memory', close: () => pglite.close() };
}

let template: Promise<string> | null = null;

/** The first of the test files that needs it makes it; the others, perhaps in other processes, wait for that one. */
function postgresTemplate(): Promise<string> {
  template ??= asAdmin(async (client) => {
    const name = `${inject('databasePrefix')}template`;
    await client.query(`select pg_advisory_lock(hashtextextended($1, 0))`, [name]);
    const { rows } = await client.query(`select from pg_database where datname = $1`, [name]);
    if (rows.length > 0) return name;
    // Under another name until it is whole: a template that failed halfway must not be found by the next.
    const draft = `${name}_draft`;
    await client.query(`drop database if exists ${draft} with (force)`);
    await client.query(`create database ${draft} template template0 encoding 'UTF8'`);
    const ledger = await openLedger({ database: { kind: 'postgres', url: databaseUrl(draft) }, mode: 'write', log: silent });
    try {
      await migrateLedger(ledger, { log: silent });
    } finally {
      await ledger.close();
    }
    await client.query(`alter database ${draft} rename to ${name}`);
    return name;
  });
  return template;
}

/** @returns a file with a dump of a migrated PGlite */
async function embeddedTemplate(): Promise<string> {
  const file = join(inject('runFolder'), 'embedded-template.tar');
  if (existsSync(file)) return file;
  await asAdmin(async (client) => {
    await client.query(`select pg_advisory_lock(hashtextextended($1, 0))`, [file]);
    if (existsSync(file)) return;
    const pglite = await PGlite.create();
    const ledger = memoryLedger(pglite);
    try {
      await migrateLedger(ledger, { log: silent });
      const dump = await pglite.dumpDataDir('none');
      // Under another name until it is whole: who finds the file does not wait.
      writeFileSync(`${file}.draft`, new Uint8Array(await dump.arrayBuffer()));
      renameSync(`${file}.draft`, file);
    } finally {
      await ledger.close();
    }
  });
  return file;
}
