/**
 * Reads page after page, each from where the one before ended, until one is empty. The next page is asked for while the caller works on this one: the
 * database and this process then work side by side, and two pages are in memory.
 *
 * @param read the rows after `last`, in order; null: from the first. Fewer than a full page is not yet the end
 */
export async function* keysetPages<Row>(read: (last: Row | null) => Promise<readonly Row[]>): AsyncGenerator<readonly Row[], void> {
  let next = read(null);
  try {
    for (;;) {
      const page = await next;
      const last = page.at(-1);
      if (last === undefined) return;
      next = read(last);
      // Whoever stops early never awaits it, and its failure must not end the process.
      next.catch(() => undefined);
      yield page;
    }
  } finally {
    // The transaction must not end under a query that is still under way.
    await next.catch(() => undefined);
  }
}
