import type { Logger } from 'pino';
import type { Ledger } from '../db/open-ledger.ts';
import { inTransaction } from '../db/transaction.ts';
import { SourceError } from '../model/errors.ts';
import { learnAccount } from '../record/upsert-connection.ts';

/**
 * Makes sure that a connection's key belongs to the account whose records the ledger has, before any of them is recorded. The account is learnt
 * from the first record that names one.
 *
 * @param known the account in the ledger, null where none was learnt
 * @param isDry whether nothing may be written
 */
export function createAccountGuard(
  ledger: Ledger,
  connection: string,
  known: string | null,
  options: { readonly isDry: boolean; readonly log: Logger },
): (accountId: string) => Promise<void> {
  let account: Promise<string> | null = known === null ? null : Promise.resolve(known);
  return async (accountId) => {
    account ??= options.isDry ? Promise.resolve(accountId) : learn(ledger, connection, accountId, options.log);
    const expected = await account;
    if (expected === accountId) return;
    throw new SourceError(
      'source_wrong_account',
      `${connection}: the key belongs to account ${accountId}, and the ledger has the records of account ${expected} under this connection`,
      { hint: 'Give the key of the right account, or configure the other account as a connection of its own under another name.' },
    );
  };
}

async function learn(ledger: Ledger, connection: string, accountId: string, log: Logger): Promise<string> {
  const learnt = await inTransaction(ledger, (trx) => learnAccount(trx, connection, accountId), { log });
  if (learnt.sharedWith.length > 0) {
    log.warn(
      { account: accountId, others: learnt.sharedWith },
      'another connection reads the same account: its records are recorded twice, under each name',
    );
  }
  return learnt.accountId;
}
