import type { Run } from '../run.ts';
import { isFinished } from '../run.ts';
import { hashText } from '../random.ts';
import type { Workflow } from '../workflow.ts';
import type { World } from '../world.ts';
import type { MorphikAccount } from './account.ts';
import { derivedId } from './account.ts';
import { documentTime, runTime } from './times.ts';
import { MORPHIK_STATUS, morphikRunError } from './words.ts';

/** Runs and their workflows in the fields of each answer. A run shows no time of its creation and none of its latest change. */
export interface RunForm {
  readonly run: (run: Run) => object;
  readonly workflow: (workflow: Workflow) => object;
}

export function createRunForm(world: World, { appId, userId }: MorphikAccount): RunForm {
  return {
    run(run) {
      const results = run.state === 'succeeded' ? resultsOf(run) : [];
      return {
        id: run.id,
        workflow_id: run.workflow.id,
        document_id: documentOf(run, world),
        user_id: userId,
        app_id: appId,
        status: MORPHIK_STATUS[run.state],
        started_at: run.state === 'queued' || run.startedAt === null ? null : runTime(run.startedAt),
        completed_at: isFinished(run.state) && run.finishedAt !== null ? runTime(run.finishedAt) : null,
        // Saved only at the end.
        results_per_step: results,
        final_output: results.at(-1) ?? null,
        error: morphikRunError(run.state, run.failure),
        system_metadata: {},
      };
    },
    workflow: (workflow) => ({
      id: workflow.id,
      name: workflow.name,
      description: null,
      owner_id: userId,
      user_id: userId,
      app_id: appId,
      steps: actionsOf(workflow).map((action) => ({ action_id: action, parameters: {} })),
      system_metadata: {
        created_at: documentTime(workflow.createdAt, 'isoformat', workflow.id),
        updated_at: documentTime(workflow.createdAt, 'isoformat', workflow.id),
      },
    }),
  };
}

/** A run works on one document: one of those that were there when it was created, always the same. */
function documentOf({ id, createdAt }: Run, { documents }: World): string {
  let low = 0;
  let high = documents.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((documents[middle]?.createdAt ?? createdAt) < createdAt) low = middle + 1;
    else high = middle;
  }
  return documents[hashText(id) % low]?.id ?? derivedId(`document of ${id}`);
}

/** Made of the document at first, put where it belongs at last. */
function actionsOf({ stepCount }: Workflow): readonly string[] {
  return Array.from({ length: stepCount }, (_, index) => {
    if (index === 0) return 'convert_to_markdown';
    if (index === stepCount - 1) return 'save_to_metadata';
    return index % 2 === 1 ? 'apply_instruction' : 'extract_structured';
  });
}

function resultsOf({ id, number, workflow }: Run): readonly object[] {
  return actionsOf(workflow).map((action, index) => {
    const text = `Result ${number} of step ${index + 1}`;
    if (action === 'convert_to_markdown') return { markdown: text };
    if (action === 'save_to_metadata') return { success: true, metadata_key: 'result', data_saved: text };
    if (action === 'extract_structured') return { text };
    return { result: text, model_used: 'some-model', tokens_used: 200 + (hashText(`${id} ${index}`) % 2_000) };
  });
}
