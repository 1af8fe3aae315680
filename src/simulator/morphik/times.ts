import type { Instant } from '../../model/instant.ts';
import { hashText } from '../random.ts';

/**
 * How the times of documents are written: `isoformat` is `2026-07-01T17:06:16.123456+00:00`, `blank` has a blank in place of the T, as the
 * progress of an ingestion writes them. `mixed`: either, settled for each time of each document by its id.
 */
export type DocumentTimeFormat = 'isoformat' | 'blank' | 'mixed';

/** @param place what settles the format where it is mixed: the same one for the same place */
export function documentTime(instant: Instant, format: DocumentTimeFormat, place: string): string {
  const isBlank = format === 'blank' || (format === 'mixed' && hashText(place) % 2 === 0);
  const text = `${withoutZeros(instant)}+00:00`;
  return isBlank ? text.replace('T', ' ') : text;
}

/** A time of a run, `2023-11-07T05:31:56Z`. */
export function runTime(instant: Instant): string {
  return `${withoutZeros(instant)}Z`;
}

/** Microseconds are left out where there are none. */
function withoutZeros(instant: Instant): string {
  return instant.slice(0, -1).replace(/\.000000$/, '');
}
