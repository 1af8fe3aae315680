import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';
import { RunledgerError } from '../model/errors.ts';

/** libpq's `sslmode`. */
export type SslMode = 'disable' | 'allow' | 'prefer' | 'require' | 'verify-ca' | 'verify-full';

export interface TlsSettings {
  readonly mode: SslMode;
  /** File of the certificates to trust, or `system`. */
  readonly rootCertificate: string | null;
  /** Files of the client's own certificate and key. */
  readonly certificate: string | null;
  readonly key: string | null;
  readonly passphrase: string | null;
  /** TLS from the first byte, as Postgres 17 can. */
  readonly isDirect: boolean;
  /** Where libpq looks for files that nobody named. */
  readonly folder: string | null;
}

/** How to connect: without TLS, or with it so. */
export type TlsAttempt = false | tls.ConnectionOptions;

const UNVERIFIED: tls.ConnectionOptions = { rejectUnauthorized: false };

/** What each mode tries, in this order, until one gets through. */
const ATTEMPTS: Record<SslMode, (settings: TlsSettings) => readonly TlsAttempt[]> = {
  disable: () => [false],
  allow: (settings) => [false, { ...UNVERIFIED, ...ownCertificate(settings) }],
  prefer: (settings) => [{ ...UNVERIFIED, ...ownCertificate(settings) }, false],
  require: (settings) => [{ ...(rootFile(settings) === null ? UNVERIFIED : verifyCa(settings)), ...ownCertificate(settings) }],
  'verify-ca': (settings) => [{ ...verifyCa(settings), ...ownCertificate(settings) }],
  'verify-full': (settings) => [{ ...verifyFull(settings), ...ownCertificate(settings) }],
};

/**
 * What libpq's documentation says of each mode, which is not what the driver makes of the same words: to it `require` is `verify-full`,
 * and `prefer` never goes without TLS.
 *
 * @throws RunledgerError bad_settings where a named file cannot be read, or a mode needs one that is not there
 */
export function tlsAttempts(settings: TlsSettings): readonly TlsAttempt[] {
  const mode = settings.mode;
  if (settings.rootCertificate === 'system' && mode !== 'verify-full' && mode !== 'disable') {
    // The system trusts hundreds of authorities: without the host's name checked, anybody's certificate would do. libpq says the same.
    throw new RunledgerError('bad_settings', `sslrootcert=system was asked for with sslmode=${mode}`, {
      hint: 'It goes with sslmode=verify-full only.',
    });
  }
  return ATTEMPTS[mode](settings);
}

/** @param ssl the `ssl=true` of other drivers' URLs, which libpq takes for `sslmode=require` */
export function readSslMode(sslmode: string | null, ssl: string | null): SslMode {
  if (sslmode === null) return ssl === null || ssl === 'false' || ssl === '0' ? 'prefer' : 'require';
  if (sslmode === 'no-verify') return 'require';
  if (Object.hasOwn(ATTEMPTS, sslmode)) return sslmode as SslMode;
  throw new RunledgerError('bad_settings', /^[a-z-]{1,20}$/.test(sslmode) ? `sslmode is "${sslmode}"` : 'sslmode is none of its words', {
    hint: `It is one of ${Object.keys(ATTEMPTS).join(', ')}.`,
  });
}

function verifyCa(settings: TlsSettings): tls.ConnectionOptions {
  const file = rootFile(settings);
  if (file === null) {
    throw new RunledgerError('bad_settings', `sslmode=${settings.mode} was asked for, and there is no certificate to trust`, {
      hint: 'Name the file of the authority in sslrootcert (PGSSLROOTCERT), or use sslmode=verify-full with sslrootcert=system.',
    });
  }
  return { ca: readText(file, 'sslrootcert'), checkServerIdentity: () => undefined };
}

/** Without a file the system's authorities are trusted, which libpq asks for by name (`system`): the host's name is checked, so it is as safe. */
function verifyFull(settings: TlsSettings): tls.ConnectionOptions {
  const file = settings.rootCertificate === 'system' ? null : rootFile(settings);
  if (file !== null) return { ca: readText(file, 'sslrootcert') };
  return { ca: [...new Set([...tls.getCACertificates('default'), ...tls.getCACertificates('system')])] };
}

function ownCertificate(settings: TlsSettings): tls.ConnectionOptions {
  const certificate = settings.certificate ?? inFolder(settings, 'postgresql.crt');
  if (certificate === null) return {};
  const key = settings.key ?? inFolder(settings, 'postgresql.key');
  if (key === null) {
    throw new RunledgerError('bad_settings', `a client certificate is set (${certificate}) without its key`, {
      hint: 'Set sslkey (PGSSLKEY).',
    });
  }
  const passphrase = settings.passphrase === null ? {} : { passphrase: settings.passphrase };
  return { cert: readText(certificate, 'sslcert'), key: readText(key, 'sslkey'), ...passphrase };
}

function rootFile(settings: TlsSettings): string | null {
  return settings.rootCertificate ?? inFolder(settings, 'root.crt');
}

function inFolder(settings: TlsSettings, name: string): string | null {
  const file = settings.folder === null ? null : join(settings.folder, name);
  return file !== null && existsSync(file) ? file : null;
}

function readText(file: string, parameter: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new RunledgerError('bad_settings', `the file that ${parameter} names could not be read: ${file}`, {
      hint: 'Check the path, and that this user may read it.',
      cause,
    });
  }
}
