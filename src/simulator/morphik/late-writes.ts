import { RunledgerError } from '../../model/errors.ts';
import type { Instant } from '../../model/instant.ts';
import { later } from '../../model/instant.ts';
import type { Document } from '../document.ts';
import type { World } from '../world.ts';

/** What a late write does to a document now. */
export interface LateWrite {
  /** Whether it sets the document back to `processing`. */
  readonly isShown: boolean;
  /** Of the latest change of the document, the write and its mending counted. */
  readonly updatedAt: Instant;
}

/**
 * Progress that is written when the document is completed already, and sets it back to `processing` until the next write mends that. The world
 * knows nothing of it: no attempt begins and no transition is told.
 */
export interface LateWrites {
  /** @throws RunledgerError bad_argument for a document that is not there or not completed, and for a moment that is not to come */
  readonly add: (documentId: string, until: Instant) => void;
  /** null where there was none, or where the document has gone on since */
  readonly of: (document: Document) => LateWrite | null;
}

export function createLateWrites(world: World): LateWrites {
  const writes = new Map<string, { readonly at: Instant; readonly until: Instant; readonly transitionCount: number }>();

  return {
    add(documentId, until) {
      const document = world.document(documentId);
      if (document?.deletedAt !== null || document.state !== 'succeeded') {
        throw new RunledgerError('bad_argument', `The world has no completed document ${documentId}.`);
      }
      if (until <= world.now) throw new RunledgerError('bad_argument', `The world is at ${world.now}: ${until} is not to come.`);
      writes.set(documentId, { at: world.now, until, transitionCount: document.transitions.length });
    },
    of(document) {
      const write = writes.get(document.id);
      if (write === undefined || document.transitions.length > write.transitionCount) return null;
      const isShown = world.now < write.until;
      return { isShown, updatedAt: later(document.updatedAt, isShown ? write.at : write.until) };
    },
  };
}
