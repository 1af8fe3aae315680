import type { Instant } from '../../model/instant.ts';
import type { Run } from '../run.ts';
import { isFinished, progressPercent } from '../run.ts';
import type { Collection, Workflow } from '../workflow.ts';
import type { NoxusDefinition } from './definition.ts';
import { progressDetails } from './progress-details.ts';
import { NOXUS_SOURCE, NOXUS_STATUS, noxusWorkflowType } from './words.ts';

export interface NoxusFormOptions {
  readonly groupId: string;
  readonly definitionOf: (workflow: Workflow) => NoxusDefinition;
  readonly now: () => Instant;
  /** Times without a zone, as the older client's fixtures have them for runs, workflows and knowledge bases. */
  readonly naiveTimes: boolean;
  readonly hasFinishedAt: boolean;
  readonly stoppedHasFinishedAt: boolean;
}

/** Each thing of the world in the fields that each endpoint shows of it. */
export interface NoxusForm {
  /** item of the list of all runs */
  readonly listedRun: (run: Run) => object;
  /** a run read by its id */
  readonly singleRun: (run: Run) => object;
  /** a run below its workflow */
  readonly workflowRun: (run: Run) => object;
  /** item of a knowledge base's runs */
  readonly knowledgeBaseRun: (run: Run) => object;
  readonly workflow: (workflow: Workflow) => object;
  readonly knowledgeBase: (collection: Collection) => object;
}

export function createNoxusForm(options: NoxusFormOptions): NoxusForm {
  const { groupId, definitionOf, now } = options;
  const time = (instant: Instant): string => (options.naiveTimes ? instant.slice(0, -1) : instant);
  const timeOrNull = (instant: Instant | null): string | null => (instant === null ? null : time(instant));

  return {
    listedRun: (run) => ({ ...common(run), workflow: plainWorkflow(run.workflow) }),
    singleRun: (run) => ({ ...common(run), input: null, workflow: plainWorkflow(run.workflow), workflow_version_id: versionId(run) }),
    workflowRun: (run) => ({
      ...common(run),
      workflow: plainWorkflow(run.workflow),
      output: output(run),
      progress_details: progressDetails(run, definitionOf(run.workflow).nodeIds, progressPercent(run, now())),
      single_node_id: null,
      workflow_version_id: versionId(run),
    }),
    knowledgeBaseRun: (run) => ({
      ...common(run),
      workflow: fullWorkflow(run.workflow),
      output: output(run),
      workflow_definition: definitionOf(run.workflow).definition,
      progress_details: progressDetails(run, definitionOf(run.workflow).nodeIds, progressPercent(run, now())),
      meta: {},
    }),
    workflow: fullWorkflow,
    knowledgeBase,
  };

  function common(run: Run): object {
    const showsFinish = isFinished(run.state) && options.hasFinishedAt && (run.state !== 'stopped' || options.stoppedHasFinishedAt);
    return {
      id: run.id,
      group_id: groupId,
      workflow_id: run.workflow.id,
      input: { text: `Piece ${run.number}` },
      node_ids: definitionOf(run.workflow).nodeIds,
      status: NOXUS_STATUS[run.state],
      progress: progressPercent(run, now()),
      definitions: {},
      created_at: time(run.createdAt),
      finished_at: showsFinish ? timeOrNull(run.finishedAt) : null,
      source: NOXUS_SOURCE[run.trigger],
    };
  }

  function plainWorkflow(workflow: Workflow): object {
    const { definition, authorName } = definitionOf(workflow);
    return {
      id: workflow.id,
      group_id: groupId,
      name: workflow.name,
      type: noxusWorkflowType(workflow),
      definition,
      last_updated_at: time(workflow.lastChangedAt),
      last_run_at: timeOrNull(workflow.lastRunAt),
      created_at: time(workflow.createdAt),
      deleted_at: null,
      runs_count: workflow.runCount,
      author_name: authorName,
      description: '',
      saved: true,
      error_handler: null,
    };
  }

  function fullWorkflow(workflow: Workflow): object {
    return { ...plainWorkflow(workflow), workflow_hash: definitionOf(workflow).hash, meta: { tags: [], icon: 'bolt' } };
  }

  function versionId(run: Run): string {
    return definitionOf(run.workflow).versionId;
  }

  function output(run: Run): object {
    return run.state === 'succeeded' ? { text: `Result ${run.number}` } : {};
  }

  function knowledgeBase(collection: Collection): object {
    const { queued, running, succeeded } = collection.documentCounts;
    const failed = collection.documentCounts.failed + collection.documentCounts.cancelled;
    const documentCount = queued + running + succeeded + failed;
    return {
      id: collection.id,
      group_id: groupId,
      name: collection.name,
      status: collection.openRunCount + running > 0 ? 'training' : failed > 0 ? 'error' : 'trained',
      description: '',
      document_types: [],
      kb_type: 'entity',
      size: 0,
      num_docs: documentCount,
      created_at: time(collection.createdAt),
      updated_at: time(collection.lastChangedAt),
      total_documents: documentCount,
      training_documents: running,
      trained_documents: succeeded,
      error_documents: failed,
      uploaded_documents: queued,
      source_types: {},
      training_source_types: [],
      settings_: {},
      retrieval: {},
      error: null,
      embeddings: {},
      version: null,
    };
  }
}
