import { pino, type Logger } from 'pino';

/** A log that is listened to: what the database was asked again for. */
export interface RetryLog {
  readonly log: Logger;
  /** The code of each error, or its words where it has none. */
  readonly met: () => readonly string[];
}

export function startRetryLog(): RetryLog {
  const met: string[] = [];
  const write = (line: string): void => {
    const { msg, code, reason } = JSON.parse(line) as { readonly msg: string; readonly code: string | null; readonly reason: string };
    if (msg === 'the database is asked again') met.push(code ?? reason);
  };
  return { log: pino({ level: 'debug' }, { write }), met: () => met };
}
