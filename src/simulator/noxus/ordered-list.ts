import { hashText } from '../random.ts';

/** `none`: a fixed order that has nothing to do with when something was created. */
export type ListOrder = 'newest_first' | 'oldest_first' | 'none';

/** What pages are cut from. */
export interface Sliceable<T> {
  readonly length: number;
  slice(offset: number, limit: number): readonly T[];
}

/** Things in the order in which they are listed, which they join and leave. */
export interface OrderedList<T> extends Sliceable<T> {
  add(item: T): void;
  remove(item: T): void;
}

export interface Listable {
  readonly id: string;
  /** in order of creation */
  readonly number: number;
}

/** To join at the end, to leave and to be read cost next to nothing; to join elsewhere costs a look over the list at its next reading. */
export function createOrderedList<T extends Listable>(order: ListOrder): OrderedList<T> {
  let entries: Entry<T>[] = [];
  const late = new Map<T, Entry<T>>();
  const entryOf = (item: T): Entry<T> => ({ key: order === 'none' ? hashText(item.id) : item.number, item });

  return {
    get length() {
      return entries.length + late.size;
    },
    add(item) {
      const entry = entryOf(item);
      const last = entries.at(-1);
      if (last === undefined || compare(last, entry) < 0) entries.push(entry);
      else late.set(item, entry);
    },
    remove(item) {
      if (late.delete(item)) return;
      const index = placeOf(entries, entryOf(item));
      if (entries[index]?.item === item) entries.splice(index, 1);
    },
    slice(offset, limit) {
      if (late.size > 0) {
        entries = [...entries, ...late.values()].sort(compare);
        late.clear();
      }
      if (order !== 'newest_first') return entries.slice(offset, offset + limit).map(({ item }) => item);
      const end = Math.max(0, entries.length - offset);
      return entries
        .slice(Math.max(0, end - limit), end)
        .reverse()
        .map(({ item }) => item);
    },
  };
}

interface Entry<T> {
  readonly key: number;
  readonly item: T;
}

function compare<T extends Listable>(a: Entry<T>, b: Entry<T>): number {
  return a.key - b.key || a.item.number - b.item.number;
}

/** Where an entry stands, or would. */
function placeOf<T extends Listable>(entries: readonly Entry<T>[], wanted: Entry<T>): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = entries[middle];
    if (entry !== undefined && compare(entry, wanted) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A list that is given as it is. */
export function sliceable<T>(items: readonly T[]): Sliceable<T> {
  return { length: items.length, slice: (offset, limit) => items.slice(offset, offset + limit) };
}
