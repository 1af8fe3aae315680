import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import { readPostgresSettings } from '../../src/db/postgres-settings.ts';
import { RunledgerError } from '../../src/model/errors.ts';
import { propertyRuns } from '../support/property-runs.ts';

it('reads a URL', () => {
  expect(
    readPostgresSettings('postgres://ann:s%40cret@db.example:6432/ledger?sslmode=require&application_name=nightly&connect_timeout=3', {}),
  ).toMatchObject({
    host: 'db.example',
    port: 6432,
    user: 'ann',
    password: 's@cret',
    database: 'ledger',
    applicationName: 'nightly',
    connectTimeoutMs: 3000,
    place: 'postgres://ann@db.example:6432/ledger',
    tls: { mode: 'require' },
    ignored: [],
  });
});

it("reads libpq's variables where the URL is silent, and prefers TLS as libpq does", () => {
  const environment = {
    PGHOST: 'h',
    PGPORT: '1234',
    PGUSER: 'u',
    PGPASSWORD: 'p',
    PGDATABASE: 'd',
    PGOPTIONS: '-c search_path=x',
    PGAPPNAME: 'a',
  };
  const fromVariables = {
    host: 'h',
    port: 1234,
    user: 'u',
    password: 'p',
    database: 'd',
    startupOptions: '-c search_path=x',
    applicationName: 'a',
    tls: { mode: 'prefer' },
  };
  expect(readPostgresSettings(null, environment)).toMatchObject(fromVariables);
  expect(readPostgresSettings('postgres://', environment)).toMatchObject(fromVariables);
  expect(
    readPostgresSettings('postgresql://other/x', { ...environment, PGSSLMODE: 'verify-full', PGSSLROOTCERT: '/ca.pem' }),
  ).toMatchObject({
    ...fromVariables,
    host: 'other',
    database: 'x',
    tls: { mode: 'verify-full', rootCertificate: '/ca.pem' },
  });
});

it('needs nothing but a running server on this machine', () => {
  const user = userInfo().username;
  expect(readPostgresSettings(null, {})).toMatchObject({ host: 'localhost', port: 5432, user, database: user, password: null });
});

it('reads addresses of every kind', () => {
  expect(readPostgresSettings('postgres://[::1]:5433/d', {})).toMatchObject({
    host: '::1',
    port: 5433,
    place: expect.stringContaining('[::1]:5433') as string,
  });
  const socket = {
    host: '/var/run/postgresql',
    user: 'u',
    database: 'd',
    tls: { mode: 'disable' },
    place: 'postgres://u@/d?host=/var/run/postgresql&port=5432',
  };
  expect(readPostgresSettings('postgres://u@/d?host=/var/run/postgresql&sslmode=require', {})).toMatchObject(socket);
  expect(readPostgresSettings('postgres://u@%2Fvar%2Frun%2Fpostgresql/d', {})).toMatchObject(socket);
  expect(readPostgresSettings(null, { PGHOST: '/var/run/postgresql', PGUSER: 'u', PGDATABASE: 'd' })).toMatchObject(socket);
});

it('takes the ssl=true of other drivers as libpq does', () => {
  expect(readPostgresSettings('postgres://h/d?ssl=true', {}).tls.mode).toBe('require');
  expect(readPostgresSettings('postgres://h/d?ssl=false', {}).tls.mode).toBe('prefer');
});

it('tells parameters that mean nothing here', () => {
  expect(readPostgresSettings('postgres://h/d?sslcrl=x&pgbouncer=true&foo=1', {}).ignored).toEqual(['sslcrl', 'foo']);
});

it.each([
  ['mysql://u:topsecret@h/d', 'is not a Postgres URL'],
  ['host=localhost password=topsecret', 'is not a Postgres URL'],
  ['postgres://u:topsecret@a:1,b:2/d', 'several hosts'],
  ['postgres://u:topsecret@h:99999/d', '"99999"'],
  ['postgres://u:topsecret%zz@h/d', 'hexadecimal'],
  ['postgres://u:topsecret@h:port/d', 'host and port'],
  ['postgres://u:topsecret@h/d?sslmode=on', '"on"'],
])('refuses %s in words, without the password', (url, found) => {
  const error = thrown(() => readPostgresSettings(url, {}));
  expect(error).toMatchObject({ code: 'bad_settings', message: expect.stringContaining(found) as string });
  expect(`${error.message} ${String(error.hint)}`).not.toContain('topsecret');
});

it('says that service files are not read, where that is how the database is named', () => {
  expect(thrown(() => readPostgresSettings(null, { PGSERVICE: 'ledger' })).message).toContain('PGSERVICE');
});

it('reads any user, password and database that are written as a URL says', () => {
  const word = fc.string({ unit: 'grapheme', minLength: 1 });
  fc.assert(
    fc.property(word, word, word, (user, password, database) => {
      const [u, p, d] = [user, password, database].map(encodeURIComponent);
      const settings = readPostgresSettings(`postgres://${String(u)}:${String(p)}@h/${String(d)}`, {});
      expect(settings).toMatchObject({ user, password, database, host: 'h' });
    }),
    propertyRuns(200),
  );
});

it('finds the password in the password file, unless others can read that', () => {
  const folder = mkdtempSync(join(tmpdir(), 'runledger-pgpass-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true });
  });
  const file = join(folder, '.pgpass');
  writeFileSync(file, '# comment\nother:*:*:*:no\nh:5432:d:u\\:v:wi\\:th \\\\ all\n*:*:*:*:last', { mode: 0o600 });
  const password = (url: string, environment = {}): string | null => readPostgresSettings(url, { HOME: folder, ...environment }).password;
  expect(password('postgres://u%3Av@h/d')).toBe('wi:th \\ all');
  expect(password('postgres://someone@h/d')).toBe('last');
  expect(password('postgres://someone@h/d', { PGPASSWORD: 'nearer' })).toBe('nearer');
  expect(password('postgres://someone@h/d', { HOME: '/nowhere', PGPASSFILE: file })).toBe('last');
  chmodSync(file, 0o644);
  expect(password('postgres://someone@h/d')).toBeNull();
});

function thrown(run: () => unknown): RunledgerError {
  try {
    run();
  } catch (error) {
    if (error instanceof RunledgerError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
