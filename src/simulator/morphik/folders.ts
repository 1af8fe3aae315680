import type { Document } from '../document.ts';
import type { World } from '../world.ts';

export interface MorphikFolder {
  readonly id: string;
  /** `/contracts/2026` */
  readonly path: string;
}

/** In which folder each document lies: its collection's at first. */
export interface Folders {
  /** An edit of the document: its `updated_at` moves, its state does not. @throws RunledgerError bad_argument for one that is not there */
  readonly move: (documentId: string, folder: MorphikFolder | null) => void;
  /** null: in none */
  readonly of: (document: Document) => MorphikFolder | null;
}

export function createFolders(world: World): Folders {
  const moved = new Map<string, MorphikFolder | null>();

  return {
    move(documentId, folder) {
      world.editDocument(documentId);
      moved.set(documentId, folder);
    },
    of({ id, collection }) {
      const folder = moved.get(id);
      return folder === undefined ? { id: collection.id, path: `/${collection.name.toLowerCase().replaceAll(' ', '-')}` } : folder;
    },
  };
}
