import type { Logger } from 'pino';
import { migrate } from '../db/migrate.ts';
import { withRetries } from '../db/with-retries.ts';
import type { Ledger } from '../db/open-ledger.ts';
import { publishViews } from '../publish/publish-views.ts';

/** Brings the schema and the views up to what this version of the code knows. Safe to run by several processes at once. */
export async function migrateLedger(
  ledger: Ledger,
  options: { readonly log: Logger },
): Promise<{ readonly applied: readonly string[]; readonly version: string }> {
  const result = await migrate(ledger, options);
  await withRetries(ledger, () => publishViews(ledger), options);
  return result;
}
