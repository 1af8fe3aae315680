import { afterAll, beforeAll } from 'vitest';
import type { Ledger } from '../../../src/db/open-ledger.ts';
import { freshLedger } from '../../support/ledger.ts';

/** One ledger for the tests of a file: each opens connections of its own, so that they see nothing of each other. */
export function sharedLedger(): () => Ledger {
  let ledger: Ledger | null = null;
  beforeAll(async () => {
    ledger = await freshLedger('postgres');
  });
  afterAll(() => ledger?.close());
  return () => {
    if (ledger === null) throw new Error('the ledger is open only while tests run');
    return ledger;
  };
}
