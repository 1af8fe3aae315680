import type { Run } from '../run.ts';
import type { SourceAnswer } from '../source-server.ts';
import type { World } from '../world.ts';
import type { DocumentLists } from './document-lists.ts';
import type { NoxusForm } from './noxus-form.ts';
import type { RunLists } from './run-lists.ts';

/** What the answers of a Noxus server are made from. */
export interface NoxusSource {
  readonly world: World;
  readonly form: NoxusForm;
  readonly lists: RunLists;
  readonly documentLists: DocumentLists;
  readonly apiKey: string;
  readonly isServedById: (run: Run) => boolean;
  readonly hidesFinishedKnowledgeBaseRuns: boolean;
  readonly hasDetail: boolean;
  readonly documentSizeParameter: 'size' | 'page_size';
  readonly foldersPerKnowledgeBase: number;
  readonly showsFoldersEverywhere: boolean;
}

/** @param ids those of the path, decoded; empty where it has fewer */
export type NoxusHandler = (source: NoxusSource, query: URLSearchParams, ...ids: [string, string]) => SourceAnswer;

export function presentRun(world: World, id: string): Run | null {
  const run = world.run(id);
  return run?.deletedAt === null ? run : null;
}
