import type { Instant } from '../../model/instant.ts';
import type { Document } from '../document.ts';
import type { Run } from '../run.ts';
import type { SourceAnswer, SourceRequest } from '../source-server.ts';
import type { Workflow } from '../workflow.ts';
import type { World } from '../world.ts';
import { documentIdOf, workflowIdOf } from './ids.ts';
import type { Generation, KnowledgeStackSettings } from './settings.ts';

/** What the answers of a Knowledge Stack server are made from. */
export interface KnowledgeStackSource {
  readonly world: World;
  readonly apiKey: string;
  readonly settings: KnowledgeStackSettings;
  /** When each run was approved, by its id. */
  readonly approvals: Map<string, Instant>;
  /** The ids of definitions that are gone. */
  readonly deletedDefinitions: Set<string>;
}

/** A request, and what of the source its answer is to show. */
export interface Asked {
  readonly source: KnowledgeStackSource;
  /** The one of this request. */
  readonly generation: Generation;
  readonly request: SourceRequest;
  /** That of the path, decoded; empty where it has none. */
  readonly id: string;
}

export type KnowledgeStackHandler = (asked: Asked) => SourceAnswer;

/** Runs that lists show, in order of creation. */
export function listedRuns({ world, settings }: KnowledgeStackSource): readonly Run[] {
  return world.runs.filter((run) => run.deletedAt === null && settings.isVisible(run) && settings.isListed(run));
}

export function listedDocuments({ world, settings }: KnowledgeStackSource): readonly Document[] {
  return world.documents.filter((document) => document.deletedAt === null && settings.isVisible(document) && settings.isListed(document));
}

/** A run as reads by id find it; null where they do not. */
export function foundRun({ world, settings }: KnowledgeStackSource, id: string): Run | null {
  const run = world.run(id);
  return run?.deletedAt === null && settings.isVisible(run) && settings.isServedById(run) ? run : null;
}

export function foundDocument({ world, settings }: KnowledgeStackSource, workflowId: string): Document | null {
  const document = world.document(documentIdOf(workflowId));
  if (document?.deletedAt !== null || workflowIdOf(document.id, settings.workflowIdForm) !== workflowId) return null;
  return settings.isVisible(document) && settings.isServedById(document) ? document : null;
}

export function definitions({ world, deletedDefinitions }: KnowledgeStackSource): readonly Workflow[] {
  return world.workflows.filter(({ id }) => !deletedDefinitions.has(id));
}
