import type { Document } from '../document.ts';
import type { World } from '../world.ts';
import type { ListOrder, OrderedList, Sliceable } from './ordered-list.ts';
import { createOrderedList } from './ordered-list.ts';
import { NOXUS_DOCUMENT_STATUS } from './words.ts';

export interface DocumentLists {
  /** Present documents of a collection that are in this status, brought up to date with the world at each call. */
  of(collectionId: string, status: string): Sliceable<Document>;
}

/** Like the lists of runs they follow the world's transitions, of which each moves a document from one list into another. */
export function createDocumentLists(world: World, order: ListOrder): DocumentLists {
  const lists = new Map<string, OrderedList<Document>>();
  const placeOf = new Map<string, OrderedList<Document>>();
  let readCount = 0;

  function listOf(collectionId: string, status: string): OrderedList<Document> {
    const key = `${status} ${collectionId}`;
    const list = lists.get(key) ?? createOrderedList<Document>(order);
    lists.set(key, list);
    return list;
  }

  function follow(): void {
    for (; readCount < world.documentTransitions.length; readCount += 1) {
      const transition = world.documentTransitions[readCount];
      const document = transition && world.document(transition.recordId);
      if (transition === undefined || document == null) continue;
      const before = placeOf.get(document.id);
      const after = transition.state === 'deleted' ? null : listOf(document.collection.id, NOXUS_DOCUMENT_STATUS[transition.state]);
      if (before === after) continue;
      before?.remove(document);
      if (after === null) placeOf.delete(document.id);
      else placeOf.set(document.id, after);
      after?.add(document);
    }
  }

  return {
    of(collectionId, status) {
      follow();
      return listOf(collectionId, status);
    },
  };
}
