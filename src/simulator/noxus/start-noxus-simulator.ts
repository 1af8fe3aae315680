import type { Instant } from '../../model/instant.ts';
import { derivedUuid } from '../derived-uuid.ts';
import type { Run } from '../run.ts';
import type { ServerHooks, SourceServer } from '../source-server.ts';
import { startSourceServer } from '../source-server.ts';
import type { World } from '../world.ts';
import { createDefinitions } from './definition.ts';
import { createDocumentLists } from './document-lists.ts';
import { createNoxusForm } from './noxus-form.ts';
import type { NoxusSource } from './noxus-source.ts';
import { answerNoxus } from './route.ts';
import type { ListOrder } from './ordered-list.ts';
import { createRunLists } from './run-lists.ts';

export interface NoxusSimulatorOptions extends ServerHooks {
  readonly world: World;
  /** The only key that is let in. */
  readonly apiKey: string;
  /** Of runs, and of the documents of a knowledge base in one status. */
  readonly order: ListOrder;
  /** The server's clock; the world's if left out. */
  readonly now?: () => Instant;
  /** The workspace that the key belongs to; one of the world's seed if left out. */
  readonly groupId?: string;
  /** about how long each embedded workflow definition is as JSON; 2,000 if left out */
  readonly definitionBytes?: number;
  /** Runs for which this is false are in no list but those of their workflow and knowledge base; all are listed if left out. */
  readonly isListed?: (run: Run) => boolean;
  /** Runs for which this is false are not found by `GET /v1/runs/{run_id}`, wherever they are listed; all are found if left out. */
  readonly isServedById?: (run: Run) => boolean;
  /** Whether a knowledge base's runs, unfiltered, are its open ones only; false if left out. */
  readonly hidesFinishedKnowledgeBaseRuns?: boolean;
  /** The name by which the size of a page of documents can be asked for, the other being ignored; `page_size` if left out. */
  readonly documentSizeParameter?: 'size' | 'page_size';
  /** Folders among the documents of each knowledge base: always the same, and counted nowhere; none if left out. */
  readonly foldersPerKnowledgeBase?: number;
  /** Whether folders head the lists of every status and not only their own; false if left out. */
  readonly showsFoldersEverywhere?: boolean;
  /** Whether times come without a zone, except those of documents; false if left out. */
  readonly naiveTimes?: boolean;
  /** Whether any run shows when it finished; true if left out. */
  readonly hasFinishedAt?: boolean;
  /** Whether a stopped run shows when it was stopped; true if left out. */
  readonly stoppedHasFinishedAt?: boolean;
  /** Whether there is `GET /v1/workflows/{workflow_id}/runs/{run_id}`; true if left out. */
  readonly hasDetail?: boolean;
}

/** A Noxus server over a world, on a free port of 127.0.0.1. Each answer shows one moment of the world. */
export async function startNoxusSimulator(options: NoxusSimulatorOptions): Promise<SourceServer> {
  const { world } = options;
  const source: NoxusSource = {
    world,
    apiKey: options.apiKey,
    hidesFinishedKnowledgeBaseRuns: options.hidesFinishedKnowledgeBaseRuns ?? false,
    hasDetail: options.hasDetail ?? true,
    isServedById: options.isServedById ?? (() => true),
    documentSizeParameter: options.documentSizeParameter ?? 'page_size',
    foldersPerKnowledgeBase: options.foldersPerKnowledgeBase ?? 0,
    showsFoldersEverywhere: options.showsFoldersEverywhere ?? false,
    documentLists: createDocumentLists(world, options.order),
    lists: createRunLists(world, options.order, options.isListed ?? (() => true)),
    form: createNoxusForm({
      groupId: options.groupId ?? derivedUuid(`workspace of world ${world.seed}`),
      definitionOf: createDefinitions(options.definitionBytes ?? 2_000),
      now: () => world.now,
      naiveTimes: options.naiveTimes ?? false,
      hasFinishedAt: options.hasFinishedAt ?? true,
      stoppedHasFinishedAt: options.stoppedHasFinishedAt ?? true,
    }),
  };
  return startSourceServer({
    ...options,
    now: options.now ?? (() => world.now),
    answer: (request) => answerNoxus(source, request),
  });
}
