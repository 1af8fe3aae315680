import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, afterAll, expect, it } from 'vitest';
import { tlsAttempts, type SslMode, type TlsSettings } from '../../src/db/tls-attempts.ts';

const NOTHING: TlsSettings = {
  mode: 'prefer',
  rootCertificate: null,
  certificate: null,
  key: null,
  passphrase: null,
  isDirect: false,
  folder: null,
};
let folder = '';
let root = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'runledger-tls-'));
  root = join(folder, 'ca.pem');
  writeFileSync(root, 'the authority');
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const attempts = (mode: SslMode, more: Partial<TlsSettings> = {}): readonly unknown[] => tlsAttempts({ ...NOTHING, ...more, mode });

it("tries what libpq's modes try, in their order", () => {
  const unverified = { rejectUnauthorized: false };
  expect(attempts('disable')).toEqual([false]);
  expect(attempts('allow')).toEqual([false, unverified]);
  expect(attempts('prefer')).toEqual([unverified, false]);
  expect(attempts('require')).toEqual([unverified]);
});

it('verifies the authority, but not the name, under verify-ca, and under require where an authority is named', () => {
  for (const mode of ['require', 'verify-ca'] as const) {
    const [attempt, ...others] = attempts(mode, { rootCertificate: root }) as [
      { ca: string; checkServerIdentity?: () => unknown; rejectUnauthorized?: boolean },
    ];
    expect(others).toEqual([]);
    expect(attempt.ca).toBe('the authority');
    expect(attempt.checkServerIdentity?.()).toBeUndefined();
    expect(attempt.checkServerIdentity).toBeDefined();
    expect(attempt.rejectUnauthorized).toBeUndefined();
  }
});

it('verifies authority and name under verify-full, and trusts what the system trusts where no authority is named', () => {
  expect(attempts('verify-full', { rootCertificate: root })).toEqual([{ ca: 'the authority' }]);
  for (const rootCertificate of [null, 'system']) {
    const [attempt] = attempts('verify-full', { rootCertificate }) as [
      { ca: readonly string[]; checkServerIdentity?: unknown; rejectUnauthorized?: boolean },
    ];
    expect(attempt.ca.length).toBeGreaterThan(50);
    expect(attempt.checkServerIdentity).toBeUndefined();
    expect(attempt.rejectUnauthorized).toBeUndefined();
  }
});

it('refuses to verify against nobody', () => {
  expect(() => attempts('verify-ca')).toThrow('no certificate to trust');
  expect(() => attempts('require', { rootCertificate: 'system' })).toThrow('sslrootcert=system');
  expect(() => attempts('verify-full', { rootCertificate: join(folder, 'missing.pem') })).toThrow('missing.pem');
});

it('finds the files that lie where libpq looks for them', () => {
  writeFileSync(join(folder, 'root.crt'), 'home authority');
  writeFileSync(join(folder, 'postgresql.crt'), 'certificate');
  writeFileSync(join(folder, 'postgresql.key'), 'key');
  expect(attempts('verify-full', { folder, passphrase: 'x' })).toEqual([
    { ca: 'home authority', cert: 'certificate', key: 'key', passphrase: 'x' },
  ]);
  expect(attempts('prefer', { folder })).toEqual([{ rejectUnauthorized: false, cert: 'certificate', key: 'key' }, false]);
});
