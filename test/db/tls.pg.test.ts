import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openLedger } from '../../src/db/open-ledger.ts';
import { silent } from '../support/ledger.ts';
import { withConnection } from '../support/database.ts';
import { startPostgresServer, type PostgresServer } from '../support/postgres-server.ts';

const file = (name: string): string => join(import.meta.dirname, 'certificates', name);
const text = (name: string): string => readFileSync(file(name), 'utf8');

/** Databases by how one may come in. */
const HBA = `
hostssl   any_way    postgres 127.0.0.1/32 scram-sha-256
hostnossl any_way    postgres 127.0.0.1/32 scram-sha-256
hostssl   tls_only   postgres 127.0.0.1/32 scram-sha-256
hostnossl plain_only postgres 127.0.0.1/32 scram-sha-256
hostssl   with_cert  postgres 127.0.0.1/32 cert
host      postgres   postgres 127.0.0.1/32 scram-sha-256
`;

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgresServer({
    settings: [
      'ssl=on',
      'ssl_cert_file=%folder%/server.crt',
      'ssl_key_file=%folder%/server.key',
      'ssl_ca_file=%folder%/authority.crt',
      'hba_file=%folder%/hba.conf',
    ],
    files: { 'server.crt': text('server.crt'), 'server.key': text('server.key'), 'authority.crt': text('authority.crt'), 'hba.conf': HBA },
  });
  await withConnection(server.url, async (client) => {
    for (const name of ['any_way', 'tls_only', 'plain_only', 'with_cert'])
      await client.query(`create database ${name} encoding 'UTF8' template template0`);
  });
});
afterAll(() => server.stop());

const root = (name: string): string => `&sslrootcert=${encodeURIComponent(file(name))}`;

it.each([
  ['any_way', 'disable', '', 'plain'],
  ['any_way', 'allow', '', 'plain'],
  ['any_way', 'prefer', '', 'TLS'],
  ['any_way', 'require', '', 'TLS'],
  ['any_way', 'require', root('authority.crt'), 'TLS'],
  ['any_way', 'verify-ca', root('authority.crt'), 'TLS'],
  ['tls_only', 'allow', '', 'TLS'],
  ['tls_only', 'prefer', '', 'TLS'],
  ['plain_only', 'prefer', '', 'plain'],
  ['any_way', 'require', '&sslnegotiation=direct', 'TLS'],
  ['any_way', 'require', '&channel_binding=require', 'TLS'],
  ['with_cert', 'require', `&sslcert=${encodeURIComponent(file('client.crt'))}&sslkey=${encodeURIComponent(file('client.key'))}`, 'TLS'],
])('to %s with sslmode=%s%s goes %s', async (database, mode, more, expected) => {
  expect(await connectedBy('127.0.0.1', database, `sslmode=${mode}${more}`)).toBe(expected);
});

it('verifies the name only under verify-full', async () => {
  const verifyFull = `sslmode=verify-full${root('authority.crt')}`;
  expect(await connectedBy('localhost', 'any_way', verifyFull)).toBe('TLS');
  await expect(connectedBy('127.0.0.1', 'any_way', verifyFull)).rejects.toMatchObject({
    code: 'ledger_unreachable',
    message: expect.stringContaining('certificate was not accepted under sslmode=verify-full') as string,
  });
});

it.each(['require', 'verify-ca', 'verify-full'])('refuses a server that another authority vouches for, under sslmode=%s', async (mode) => {
  await expect(connectedBy('localhost', 'any_way', `sslmode=${mode}${root('stranger.crt')}`)).rejects.toMatchObject({
    code: 'ledger_unreachable',
  });
});

it('is what libpq does where nothing is said: TLS if there is any', async () => {
  expect(await connectedBy('127.0.0.1', 'tls_only', '')).toBe('TLS');
});

it.each([
  ['tls_only', 'disable'],
  ['plain_only', 'require'],
  ['with_cert', 'require'],
])('says that %s lets nobody in by sslmode=%s', async (database, mode) => {
  await expect(connectedBy('127.0.0.1', database, `sslmode=${mode}`)).rejects.toMatchObject({
    code: 'ledger_denied',
    hint: expect.stringContaining('pg_hba.conf') as string,
  });
});

it('says that a server has no TLS, where it must, and does without where it may', async () => {
  const plain = await startPostgresServer();
  try {
    await expect(connectedBy('127.0.0.1', 'postgres', 'sslmode=require', plain)).rejects.toMatchObject({
      code: 'ledger_unreachable',
      message: expect.stringContaining('has no TLS') as string,
    });
    expect(await connectedBy('127.0.0.1', 'postgres', '', plain)).toBe('plain');
    const socket = new URL(plain.url);
    const ledger = await openLedger({
      database: {
        kind: 'postgres',
        url: `postgres://postgres:${socket.password}@/postgres?host=${encodeURIComponent(plain.folder)}&port=${plain.port}`,
      },
      mode: 'write',
      log: silent,
    });
    expect((await sql`select inet_server_addr() as address`.execute(ledger.db)).rows).toEqual([{ address: null }]);
    await ledger.close();
  } finally {
    await plain.stop();
  }
});

async function connectedBy(host: string, database: string, query: string, to: PostgresServer = server): Promise<string> {
  const url = new URL(to.url);
  url.hostname = host;
  url.pathname = `/${database}`;
  const ledger = await openLedger({
    database: { kind: 'postgres', url: `${url.href}?${query}` },
    mode: 'write',
    log: silent,
    environment: {},
  });
  try {
    const { rows } = await sql<{ ssl: boolean }>`select ssl from pg_stat_ssl where pid = pg_backend_pid()`.execute(ledger.db);
    return rows[0]?.ssl === true ? 'TLS' : 'plain';
  } finally {
    await ledger.close();
  }
}
