/** The rows of pages, one at a time. */
export interface RowCursor<Row> {
  /** The present row; undefined after the last. */
  readonly row: Row | undefined;
  /** Goes to the next row. A promise only at the end of a page: a wait for each of a million rows would cost more than their reading. */
  readonly advance: () => Promise<void> | undefined;
  /** For whoever stops before the last row. */
  readonly close: () => Promise<void>;
}

/** @returns at the first row */
export async function openCursor<Row>(pages: AsyncGenerator<readonly Row[], void>): Promise<RowCursor<Row>> {
  let page: readonly Row[] = [];
  let index = 0;
  const turn = async (): Promise<void> => {
    const next = await pages.next();
    page = next.done === true ? [] : next.value;
    index = 0;
  };
  await turn();
  return {
    get row() {
      return page[index];
    },
    advance: () => {
      index += 1;
      return index < page.length ? undefined : turn();
    },
    close: async () => {
      await pages.return();
    },
  };
}
