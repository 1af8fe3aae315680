import type { StatusReading } from '../model/observation.ts';
import type { Status, StatusReason } from '../model/status.ts';

/** A source system's words, looked up as they are written and, failing that, whatever their case. */
export interface StatusTable {
  readonly exact: ReadonlyMap<string, StatusReading>;
  readonly folded: ReadonlyMap<string, StatusReading>;
}

/**
 * What a source's word means. A word that the table knows means what the table says: the user's `statuses` are for words that no release
 * knows yet, so that a setting that was forgotten cannot turn the meaning of documented ones.
 */
export function readStatus(word: string, table: StatusTable, overrides: Readonly<Record<string, Status>>): StatusReading {
  const folded = word.toLowerCase();
  const documented = table.exact.get(word) ?? table.folded.get(folded);
  if (documented !== undefined) return documented;
  if (Object.hasOwn(overrides, word)) return means(overrides[word] as Status);
  for (const [known, status] of Object.entries(overrides)) if (known.toLowerCase() === folded) return means(status);
  return { kind: 'unknown' };
}

/** @param readings by the source's own words, as its documentation writes them */
export function statusTable(readings: Readonly<Record<string, StatusReading>>): StatusTable {
  const words = Object.entries(readings);
  return { exact: new Map(words), folded: new Map(words.map(([word, reading]) => [word.toLowerCase(), reading])) };
}

export function means(status: Status, reason: StatusReason | null = null): StatusReading {
  return { kind: 'known', status, reason };
}
