import type { PageEnvelope } from '../model/connector.ts';

/** What was read of a list up to and with one page. */
export interface Progress {
  /** Rows up to here, those before the first page read included. */
  readonly rows: number;
  /** Rows of the largest page so far: what the source gives at the most, whatever was asked for. */
  readonly largest: number;
}

/**
 * Whether a page is the last of its list. Going on costs one request that answers nothing; stopping early loses records: so a page is the
 * last only if its own answer says so and nothing contradicts it.
 *
 * - An empty page is the last.
 * - `total` is believed from this very answer, never from an earlier one, when it meets the rows read: an unchanged source costs no more
 *   than its pages. Fewer rows than `total`: there are more, however short the page (a source may give fewer rows than asked for).
 *   More rows than `total`: it lies, and only a page shorter than another tells the end.
 * - Without `total`, a page is the last if it is shorter than the size that the answer names; where it names none, shorter than another.
 */
export function isLastPage(page: Pick<PageEnvelope, 'items' | 'total' | 'size'>, progress: Progress): boolean {
  const rows = page.items.length;
  if (rows === 0) return true;
  if (page.total === null) return rows < (page.size ?? progress.largest);
  if (progress.rows === page.total) return true;
  return progress.rows > page.total && rows < progress.largest;
}
