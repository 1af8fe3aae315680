import { cpSync, mkdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { openLedger, type DatabaseTarget, type Ledger } from '../../src/db/open-ledger.ts';
import { startPostgresServer } from '../support/postgres-server.ts';

export const LEDGER_KINDS = ['postgres', 'embedded'] as const;
export type LedgerKind = (typeof LEDGER_KINDS)[number];

/** Where ledgers of one kind can be made. */
export interface LedgerHome {
  readonly kind: LedgerKind;
  /** A place where there is no ledger yet, or a copy of one that nobody has open. */
  readonly fresh: (copyOf?: LedgerPlace) => Promise<LedgerPlace>;
  readonly close: () => Promise<void>;
}

/** A place for a ledger, that nobody else uses. */
export interface LedgerPlace {
  readonly target: DatabaseTarget;
  /** As it stands in settings. */
  readonly written: string;
  readonly remove: () => Promise<void>;
}

/** @param folder of this run, removed by whoever made it */
export async function openHome(kind: LedgerKind, folder: string): Promise<LedgerHome> {
  return kind === 'embedded' ? embeddedHome(folder) : await postgresHome();
}

function embeddedHome(folder: string): LedgerHome {
  let count = 0;
  return {
    kind: 'embedded',
    fresh: (copyOf) => {
      count += 1;
      const path = join(folder, `ledger-${count}`);
      mkdirSync(folder, { recursive: true });
      if (copyOf?.target.kind === 'embedded') cpSync(copyOf.target.path, path, { recursive: true });
      return Promise.resolve({
        target: { kind: 'embedded', path },
        written: `embedded:${path}`,
        remove: () => rm(path, { recursive: true, force: true }),
      });
    },
    close: () => Promise.resolve(),
  };
}

/** The server that was given, or the one that npm installed. */
async function postgresHome(): Promise<LedgerHome> {
  const given = process.env['TEST_DATABASE_URL'];
  const server = given === undefined || given === '' ? await startPostgresServer() : { url: given, stop: () => Promise.resolve() };
  let count = 0;
  return {
    kind: 'postgres',
    fresh: async (copyOf) => {
      count += 1;
      const name = `rl_soak_${process.pid}_${Date.now().toString(36)}_${count}`;
      const template = copyOf === undefined ? 'template0' : new URL(copyOf.written).pathname.slice(1);
      await asAdmin(server.url, `create database ${name} template ${template} encoding 'UTF8'`);
      const url = new URL(server.url);
      url.pathname = `/${name}`;
      return {
        target: { kind: 'postgres', url: url.href },
        written: url.href,
        remove: () => asAdmin(server.url, `drop database if exists ${name} with (force)`),
      };
    },
    close: server.stop,
  };
}

async function asAdmin(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

export async function withLedger<T>(
  place: Pick<LedgerPlace, 'target'>,
  mode: 'read' | 'write',
  work: (ledger: Ledger) => Promise<T>,
): Promise<T> {
  const ledger = await openLedger({ database: place.target, mode, log: pino({ level: 'silent' }) });
  try {
    return await work(ledger);
  } finally {
    await ledger.close();
  }
}
