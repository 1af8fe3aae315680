import type { Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import { detailsDigest } from '../record/event-details.ts';
import { keysetPages } from '../record/keyset-pages.ts';
import { readDetailsAfter, type DigestedDetails } from '../record/read-details.ts';
import type { LedgerExtent } from '../record/read-extent.ts';
import { brokenAt, checked, throwIfAborted, type VerifyBreak, type VerifyCheck, type VerifyOptions } from './verify-result.ts';

const LAW = 'The error text and body kept of an event give its digest; only a redaction has taken them away.';

/**
 * Whether `details` holds what was recorded, and what is not there was redacted.
 *
 * @param after only of the events after this position
 */
export async function verifyDetails(
  trx: Transaction<LedgerTables>,
  extent: LedgerExtent,
  { signal, onProgress }: VerifyOptions,
  after = 0n,
): Promise<VerifyCheck> {
  let done = 0;
  const total = Math.max(0, Number(extent.event_count) - Number(after));
  const start = after === 0n ? -(2n ** 63n) : after;
  for await (const page of keysetPages<DigestedDetails>((last) => readDetailsAfter(trx, last?.position ?? start))) {
    throwIfAborted(signal, 'details were verified');
    for (const row of page) {
      const found = detailsBreak(row);
      if (found !== null) return checked('details', LAW, found);
    }
    done += page.length;
    onProgress?.({ phase: 'details', done, total });
  }
  return checked('details', LAW, null);
}

function detailsBreak(row: DigestedDetails): VerifyBreak | null {
  const { position, details_digest: expected, is_kept: isKept, salt, error, body } = row;
  const at = { position, record: `${row.connection}/${row.stream}/${row.record_id}` };
  if (expected === null) {
    return isKept ? brokenAt('details', `event ${position} has no digest of details, and there are some: they were put there`, at) : null;
  }
  if (salt === null) {
    if (row.is_redacted === true && error === null && body === null) return null;
    const what = isKept ? 'the salt of the details' : 'the details row';
    const message =
      row.is_redacted === true
        ? `${what} of event ${position} is gone, and its content is not: it was put there after the redaction`
        : `${what} of event ${position} is gone, and its record was never redacted: it was deleted`;
    return brokenAt('details', message, { ...at, found: isKept ? 'no salt' : 'no row', expected: `content with digest ${expected}` });
  }
  const found = detailsDigest(salt, error, body).toString('hex');
  if (found === expected) return null;
  return brokenAt('details', `the details of event ${position} were edited: they do not give the digest in the event`, {
    ...at,
    found,
    expected,
  });
}
