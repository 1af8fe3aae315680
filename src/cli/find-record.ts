import type { Ledger } from '../db/open-ledger.ts';
import { RunledgerError } from '../model/errors.ts';
import type { RecordKey } from '../model/event.ts';
import { findRecords, type FoundRecord } from '../publish/find-records.ts';

const MOST_CANDIDATES = 20;

/**
 * The one record that a text means: a bare id, or connection/stream/id.
 *
 * @throws RunledgerError no_record; ambiguous_record, with the candidates
 */
export async function findRecord(ledger: Ledger, text: string): Promise<RecordKey> {
  const [only, ...others] = await findRecords(ledger, text);
  if (only === undefined) throw noRecord(ledger, text);
  if (others.length > 0) throw ambiguous([only, ...others], text);
  return { connection: only.connection, stream: only.stream, recordId: only.record_id };
}

export function noRecord(ledger: Ledger, text: string): RunledgerError {
  return new RunledgerError('no_record', `there is no record ${text} in ${ledger.place}`, {
    hint: 'Ids are taken as the source writes them, to the letter. One that no list shows is added with `runledger track`, and is here after the next sync if the source knows it.',
  });
}

function ambiguous(candidates: readonly FoundRecord[], text: string): RunledgerError {
  const lines = candidates
    .slice(0, MOST_CANDIDATES)
    .map(
      ({ record_key: key, workflow_name: name, status }) =>
        `  ${key} (${[name, status ?? 'unknown status'].filter((part) => part !== null).join(', ')})`,
    );
  const more = candidates.length > MOST_CANDIDATES ? [`  and ${candidates.length - MOST_CANDIDATES} more`] : [];
  return new RunledgerError('ambiguous_record', [`${text} may be any of ${candidates.length} records:`, ...lines, ...more].join('\n'), {
    hint: 'Name one of them as connection/stream/id.',
  });
}
