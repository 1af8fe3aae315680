import pg from 'pg';
import { VALUE_PARSERS, type ValueParser } from './value-parsers.ts';

const asText: ValueParser = (text) => text;

/** What the session must be like for its texts to be readable. Sent when connecting, because a `set` would be lost behind PgBouncer, which keeps these. */
const SESSION = { DateStyle: 'ISO, MDY', TimeZone: 'UTC' };

/**
 * The driver's connection with our reading of values (the driver's own table of types is one for the whole process) and our session.
 *
 * @param connectTimeoutMs The pool's own setting would also bound the wait for a free connection, and a busy ledger is no failure.
 */
export function connectionClass(connectTimeoutMs: number): new () => pg.ClientBase {
  return class LedgerConnection extends pg.Client {
    constructor(config: pg.ClientConfig = {}) {
      // The pool hides the password from those who list its options, and so from `...`.
      const { password } = config;
      super({ ...config, ...(password === undefined ? {} : { password }), connectionTimeoutMillis: connectTimeoutMs, types: VALUES });
    }

    override connect(): Promise<pg.Client>;
    override connect(callback: ConnectCallback): void;
    /** Where the driver gives up by itself, such as for want of a password, it leaves the connection open: this process could not end. */
    override connect(callback?: ConnectCallback): Promise<pg.Client> | undefined {
      if (callback === undefined) return super.connect();
      super.connect((error: Error | null) => {
        if (error !== null) void this.end();
        (callback as (error: Error | null) => void)(error);
      });
      return undefined;
    }

    /** What the driver sends first. It has no setting for these two; `check-server.ts` notices if it ever calls this by another name. */
    getStartupConf(): Record<string, string> {
      const driver = pg.Client.prototype as unknown as { getStartupConf(this: pg.Client): Record<string, string> };
      return { ...driver.getStartupConf.call(this), ...SESSION };
    }
  };
}

type ConnectCallback = ((error: Error) => void) | ((error: null, client: pg.Client) => void);

const VALUES: pg.CustomTypesConfig = {
  getTypeParser: ((type: number) => VALUE_PARSERS[type] ?? asText) as pg.CustomTypesConfig['getTypeParser'],
};
