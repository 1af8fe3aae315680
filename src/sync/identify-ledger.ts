import type { Ledger } from '../db/open-ledger.ts';
import { readIdentity, type LedgerIdentity } from '../record/read-identity.ts';

/** Which ledger it is: an id of its own, given when it was made. A copy or a restored backup has the same. */
export async function identifyLedger({ db }: Pick<Ledger, 'db'>): Promise<LedgerIdentity | null> {
  return await readIdentity(db);
}
