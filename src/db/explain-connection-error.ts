import { RunledgerError, type ErrorCode } from '../model/errors.ts';
import { withoutPasswords } from '../model/without-passwords.ts';
import { withoutSecret } from '../model/without-secret.ts';
import { codeOf, messageOf } from './error-code.ts';
import type { PostgresSettings } from './postgres-settings.ts';

type Explanation = (settings: PostgresSettings) => { readonly code: ErrorCode; readonly found: string; readonly hint: string };

const at = ({ host, port }: PostgresSettings): string => (host.startsWith('/') ? `${host}/.s.PGSQL.${port}` : `${host}:${port}`);

const NOBODY_THERE: Explanation = (settings) => ({
  code: 'ledger_unreachable',
  found: `nothing answers at ${at(settings)}`,
  hint: 'Check that Postgres runs there, that it listens on this address, and that no firewall lies between.',
});
const UNKNOWN_HOST: Explanation = ({ host }) => ({
  code: 'ledger_unreachable',
  found: `the host name ${host} is not known`,
  hint: "Check the host's name in the database setting, and this machine's DNS.",
});
const NOT_READY: Explanation = () => ({
  code: 'ledger_unreachable',
  found: 'the server is starting up or shutting down',
  hint: 'Try again in a moment.',
});
const REFUSED_TLS: Explanation = ({ tls }) => ({
  code: 'ledger_unreachable',
  found: `the server's certificate was not accepted under sslmode=${tls.mode}`,
  hint: 'Name the authority that signed it in sslrootcert, and check that the certificate names the host and has not run out.',
});

/** By the code of the server's answer, or of the system's. */
const EXPLANATIONS: Readonly<Record<string, Explanation>> = {
  ECONNREFUSED: NOBODY_THERE,
  EHOSTUNREACH: NOBODY_THERE,
  ENETUNREACH: NOBODY_THERE,
  ETIMEDOUT: NOBODY_THERE,
  ENOENT: NOBODY_THERE,
  ENOTFOUND: UNKNOWN_HOST,
  EAI_AGAIN: UNKNOWN_HOST,
  '57P03': NOT_READY,
  '53300': () => ({
    code: 'ledger_unreachable',
    found: 'the server has no connection left',
    hint: "runledger needs up to five. Raise the server's max_connections, or end sessions that nobody uses.",
  }),
  '3D000': ({ database }) => ({
    code: 'ledger_unreachable',
    found: `the server has no database "${database}"`,
    hint: `Create it: create database "${database}" encoding 'UTF8'; or check its name in the database setting.`,
  }),
  '28P01': ({ user, password }) => ({
    code: 'ledger_denied',
    found:
      password === null
        ? `the server asks for a password of "${user}", and none is set`
        : `the server does not accept the password of "${user}"`,
    hint: 'Check the user and password of the database URL, or PGUSER and PGPASSWORD.',
  }),
  '28000': ({ user, database }) => ({
    code: 'ledger_denied',
    found: `the server does not let "${user}" into "${database}" from here`,
    hint: "The server's pg_hba.conf decides who comes in, from where, and whether only with TLS (sslmode=require).",
  }),
  '42501': ({ user, database }) => ({
    code: 'ledger_denied',
    found: `"${user}" may not connect to "${database}"`,
    hint: `As its owner: grant connect on database "${database}" to "${user}".`,
  }),
};

/** The driver's and Node's own errors, which have no code or one of many. */
const BY_MESSAGE: readonly (readonly [RegExp, Explanation])[] = [
  [/client password must be a string|must be of type string/, (settings) => explanation28P01({ ...settings, password: null })],
  [/timeout expired|timeout exceeded|due to connection timeout/, NOBODY_THERE],
  [
    /Query read timeout/,
    (settings) => ({
      code: 'ledger_unreachable',
      found: `what listens at ${at(settings)} let us in and does not answer`,
      hint: 'It may be a connection pooler that does not reach its server. Look into the logs of both.',
    }),
  ],
  [
    /does not support SSL connections/,
    ({ tls }) => ({
      code: 'ledger_unreachable',
      found: `the server has no TLS, and sslmode=${tls.mode} asks for it`,
      hint: 'Switch TLS on at the server, or take sslmode=prefer where the network is trusted.',
    }),
  ],
  [/certificate|altnames|CERT_|SELF_SIGNED|UNABLE_TO_/i, REFUSED_TLS],
  [
    /terminated unexpectedly|socket hang up|error establishing an SSL connection|unexpected message|ECONNRESET|Received invalid response/i,
    (settings) => ({
      code: 'ledger_unreachable',
      found: `what answers at ${at(settings)} closed the connection and may be no Postgres`,
      hint: "Check the host and port, and the server's log.",
    }),
  ],
];

const OTHERWISE: Explanation = () => ({
  code: 'ledger_unreachable',
  found: 'the connection failed',
  hint: "Check the database setting, and the server's log.",
});

/** @returns what was tried, what was found and what to do, never with the password */
export function explainConnectionError(error: unknown, settings: PostgresSettings): RunledgerError {
  const code = codeOf(error);
  const message = said(error, settings);
  const byMessage = BY_MESSAGE.find(([pattern]) => pattern.test(`${code ?? ''} ${messageOf(error)}`))?.[1];
  const { code: ours, found, hint } = ((code === null ? undefined : EXPLANATIONS[code]) ?? byMessage ?? OTHERWISE)(settings);
  return new RunledgerError(
    ours,
    `could not connect to ${settings.place}: ${found} (${message === '' ? (code ?? 'no reason given') : message})`,
    {
      hint,
      cause: message === messageOf(error) ? error : new Error(message),
    },
  );
}

/** A server, or what stands in its place, may repeat what it was told; a password that is also a name in the URL is none. */
function said(error: unknown, { password, user, database, host }: PostgresSettings): string {
  const message = withoutPasswords(messageOf(error));
  return password === null || [user, database, host].includes(password) ? message : withoutSecret(message, password, '[password]');
}

/** Whether the next way of `sslmode` allow or prefer is worth a try: not where nobody listens, or the password is wrong. */
export function mayWorkWithOtherTls(error: unknown): boolean {
  const code = codeOf(error);
  return code === '28000' || code === null || !Object.hasOwn(EXPLANATIONS, code);
}

function explanation28P01(settings: PostgresSettings): ReturnType<Explanation> {
  return (EXPLANATIONS['28P01'] as Explanation)(settings);
}
