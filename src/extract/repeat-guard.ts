import { SourceError } from '../model/errors.ts';
import type { SourcePage } from '../model/connector.ts';
import { itemKeys } from './item-keys.ts';

/**
 * Notices a list whose pages go round: a source that does not know our page parameters answers its first page for ever.
 *
 * Each page is held against the one before, and against a landmark that is set anew on page 1, 2, 4, 8, …: whatever the length of the
 * circle, one landmark is met again, and two pages' keys are all that is kept.
 *
 * Rows that were inserted in front while the list was read shift it, by a whole page at worst. Then `total` has grown by as much.
 */
export interface RepeatGuard {
  /** @throws SourceError source_repeats */
  check(page: SourcePage, asked: { readonly position: number }): void;
}

export function createRepeatGuard(keyOf: ((item: unknown) => string | null) | undefined): RepeatGuard {
  const keysOf = (items: readonly unknown[]): readonly string[] => {
    const known = keyOf === undefined ? [] : items.map(keyOf).filter((key) => key !== null);
    return known.length === items.length ? known : itemKeys(items);
  };
  let previous: Seen | null = null;
  let landmark: Seen | null = null;
  let nextLandmark = 1;
  let pages = 0;

  return {
    check: (page, asked) => {
      pages += 1;
      // The only page of its list has nothing to be held against.
      if (page.items.length === 0 || (page.isLast && previous === null)) return;
      const seen: Seen = { keys: keysOf(page.items), page };
      for (const earlier of [previous, landmark]) {
        if (earlier !== null && isRepeated(seen, earlier, asked.position)) throw repeatsError(page, earlier.page);
      }
      previous = { ...seen, page: withoutItems(page) };
      if (pages >= nextLandmark) {
        landmark = previous;
        nextLandmark *= 2;
      }
    },
  };
}

interface Seen {
  readonly keys: readonly string[];
  readonly page: Pick<SourcePage, 'number' | 'total'>;
}

function isRepeated(seen: Seen & { readonly page: { readonly position?: number | null } }, earlier: Seen, askedPosition: number): boolean {
  const { position = null, total } = seen.page;
  const grownBy = total === null || earlier.page.total === null ? 0 : total - earlier.page.total;
  if (grownBy >= seen.keys.length) return false;
  if (seen.keys.length === earlier.keys.length && seen.keys.every((key, index) => key === earlier.keys[index])) return true;
  if (position === null || position === askedPosition) return false;
  // It says itself that it is another page than asked: mostly known rows are then no drift, even if some moved.
  const known = new Set(earlier.keys);
  return seen.keys.filter((key) => known.has(key)).length * 2 >= seen.keys.length;
}

/** The items of a page can be megabytes: only what is compared is kept. */
function withoutItems(page: SourcePage): Seen['page'] {
  return { number: page.number, total: page.total };
}

function repeatsError(page: SourcePage, earlier: Seen['page']): SourceError {
  const { method, path, status } = page.response;
  return new SourceError('source_repeats', `${method} ${path} answered the items of page ${earlier.number} again as page ${page.number}.`, {
    status,
    hint: 'The server may not know these page parameters, so that every page is its first. Its version may be one that runledger does not know.',
  });
}
