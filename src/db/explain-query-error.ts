import { RunledgerError, type ErrorCode } from '../model/errors.ts';
import { codeOf, messageOf } from './error-code.ts';
import { retryOf } from './retry-table.ts';

const MIGRATE =
  'Run `runledger migrate`. If that finds nothing to do, somebody has changed an object of the schema runledger: drop it, and run it again.';

const EXPLANATIONS: Readonly<Record<string, readonly [code: ErrorCode, found: string, hint: string]>> = {
  '53100': ['ledger_full', 'its disk is full', 'Make room on the disk of the database, then run it again: nothing was half written.'],
  ENOSPC: ['ledger_full', 'its disk is full', 'Make room on the disk, then run it again: nothing was half written.'],
  '25006': [
    'ledger_read_only',
    'it takes no writes',
    'It may have become a standby by a failover. Name the primary in the database setting.',
  ],
  '42501': [
    'ledger_denied',
    'the user lacks a right',
    'Let the owner of the schema runledger grant it (`runledger grants <role>` prints what readers need), or use that user.',
  ],
  '42P01': ['ledger_behind', 'a table or view is missing', MIGRATE],
  '42703': ['ledger_behind', 'a column is missing', MIGRATE],
  '42883': ['ledger_behind', 'a function or operator is missing', MIGRATE],
  XX001: ['integrity', 'its files are damaged', 'Stop writing to it, and restore a backup.'],
  XX002: ['integrity', 'an index is damaged', 'Stop writing to it, and restore a backup, or rebuild the index that the message names.'],
};

/**
 * @param tried whether what failed was tried again, on other connections too
 * @returns the error in words for the person who can mend it; as it is where there is nothing better to say
 */
export function explainQueryError(error: unknown, place: string, tried: 'again' | 'once' = 'again'): unknown {
  if (error instanceof RunledgerError) return error;
  const explanation = EXPLANATIONS[codeOf(error) ?? ''];
  if (explanation !== undefined) {
    const [code, found, hint] = explanation;
    return new RunledgerError(code, `${place} could not do it, ${found}: ${messageOf(error)}`, { hint, cause: error });
  }
  if (retryOf(error) !== 'reconnect') return error;
  const [found, hint] = LOST[tried];
  return new RunledgerError('ledger_unreachable', `the connection to ${place} ${found}: ${messageOf(error)}`, { hint, cause: error });
}

const LOST = {
  again: [
    'was lost and did not come back',
    'Look into the log of the database server. What was committed is kept; the next sync goes on from there.',
  ],
  once: ['was lost', 'Look into the log of the database server, then run it again.'],
} as const;
