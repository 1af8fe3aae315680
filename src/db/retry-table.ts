import { codeOf, messageOf } from './error-code.ts';

/**
 * What to do about an error of the database:
 * `again`: the transaction lost against another one, and would win or lose alike the next time;
 * `reconnect`: the connection is gone, and with it the transaction. The server may be away for the time of a restart or of a failover.
 */
export type Retry = 'again' | 'reconnect';

const BY_CODE: Readonly<Record<string, Retry>> = {
  '40001': 'again', // serialization failure
  '40P01': 'again', // deadlock
  '55P03': 'again', // lock not available
  '08000': 'reconnect', // connection exceptions
  '08001': 'reconnect',
  '08003': 'reconnect',
  '08004': 'reconnect',
  '08006': 'reconnect',
  '08007': 'reconnect',
  '25P03': 'reconnect', // idle in a transaction for longer than the server allows
  '25P04': 'reconnect', // transaction longer than the server allows
  '53300': 'reconnect', // no connection left at the server
  '57P01': 'reconnect', // ended by an administrator
  '57P02': 'reconnect', // the server crashed
  '57P03': 'reconnect', // the server is starting
  '57P05': 'reconnect', // idle for longer than the server allows
  ECONNREFUSED: 'reconnect',
  ECONNRESET: 'reconnect',
  ENETUNREACH: 'reconnect',
  EHOSTUNREACH: 'reconnect',
  ENOTFOUND: 'reconnect',
  EAI_AGAIN: 'reconnect',
  EPIPE: 'reconnect',
  ETIMEDOUT: 'reconnect',
};

/** The driver's own words for a connection that is gone; it gives them no code. */
const LOST =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|Postgres connection has been discarded|timeout expired|timeout exceeded)/;

/** @returns null where trying again would only fail again */
export function retryOf(error: unknown): Retry | null {
  const code = codeOf(error);
  // PgBouncer's own errors are all of this code, and whatever is fatal has ended the connection. As a mere error it would be our fault.
  if (code === '08P01') return (error as { severity?: unknown }).severity === 'FATAL' ? 'reconnect' : null;
  if (code !== null) return BY_CODE[code] ?? null;
  return LOST.test(messageOf(error)) ? 'reconnect' : null;
}

interface Patience {
  readonly tries: number;
  readonly baseMs: number;
  readonly capMs: number;
}

/** A conflict is over in moments; a server that restarts takes half a minute. */
export const PATIENCE: Record<Retry, Patience> = {
  again: { tries: 8, baseMs: 20, capMs: 2_000 },
  reconnect: { tries: 10, baseMs: 250, capMs: 10_000 },
};

/**
 * Full jitter: anything from nothing to the bound, so that many who failed together do not come back together.
 *
 * @param failures from 1
 * @param random from 0 up to 1
 */
export function retryDelayMs(retry: Retry, failures: number, random: number): number {
  const { baseMs, capMs } = PATIENCE[retry];
  return random * Math.min(capMs, baseMs * 2 ** (failures - 1));
}
