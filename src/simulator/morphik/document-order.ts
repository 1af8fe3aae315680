import type { Document } from '../document.ts';
import { hashText } from '../random.ts';
import type { World } from '../world.ts';
import type { StoredDocument } from './stored-document.ts';

export type SortBy = 'created_at' | 'updated_at' | 'filename' | 'external_id';
export type SortDirection = 'asc' | 'desc';

export interface DocumentOrders {
  /** Present documents, those without a value to sort by last in either direction, equal ones by id. */
  sorted(by: SortBy, direction: SortDirection): readonly Document[];
  /** Present documents in a fixed order that has nothing to do with anything. */
  unsorted(): readonly Document[];
}

export function createDocumentOrders(world: World, stored: StoredDocument): DocumentOrders {
  const orders = new Map<string, () => readonly Document[]>();
  const unsorted = createOrder(world, ({ id }) => hashText(id), 1);
  const keys: Record<SortBy, KeyOf> = {
    created_at: (document) => stored.createdAt(document) ?? stored.updatedAt(document),
    updated_at: (document) => stored.updatedAt(document) ?? stored.createdAt(document),
    filename: stored.filename,
    external_id: ({ id }) => id,
  };

  return {
    sorted(by, direction) {
      const name = `${by} ${direction}`;
      const order = orders.get(name) ?? createOrder(world, keys[by], direction === 'asc' ? 1 : -1);
      orders.set(name, order);
      return order();
    },
    unsorted,
  };
}

type KeyOf = (document: Document) => string | number | null;

interface Entry {
  readonly document: Document;
  readonly key: string | number | null;
}

/** Keeps the documents in order from one reading to the next. Any of them can have moved: only those that did are put in their places anew. */
function createOrder(world: World, keyOf: KeyOf, sign: 1 | -1): () => readonly Document[] {
  let entries: readonly Entry[] = [];
  let readCount = 0;

  return () => {
    const moved: Entry[] = [];
    const kept: Entry[] = [];
    for (const entry of entries) {
      if (entry.document.deletedAt !== null) continue;
      const key = keyOf(entry.document);
      if (key === entry.key) kept.push(entry);
      else moved.push({ document: entry.document, key });
    }
    for (; readCount < world.documents.length; readCount += 1) {
      const document = world.documents[readCount];
      if (document?.deletedAt === null) moved.push({ document, key: keyOf(document) });
    }
    // Two parts that each are in order are merged by the sort in about as many steps as there are entries.
    entries = moved.length === 0 ? kept : [...kept, ...moved.sort(compare)].sort(compare);
    return entries.map(({ document }) => document);
  };

  function compare(a: Entry, b: Entry): number {
    if (a.key !== b.key) {
      if (a.key === null) return 1;
      if (b.key === null) return -1;
      return a.key < b.key ? -sign : sign;
    }
    return a.document.id < b.document.id ? -1 : 1;
  }
}
