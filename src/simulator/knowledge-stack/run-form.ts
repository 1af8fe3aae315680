import type { Run } from '../run.ts';
import type { Workflow } from '../workflow.ts';
import { pathPartIdOf } from './ids.ts';
import type { Asked, KnowledgeStackSource } from './knowledge-stack-source.ts';
import { personOf, userIdOf } from './people.ts';
import type { RunView } from './run-view.ts';
import { firstGenerationView, secondGenerationView } from './run-view.ts';
import { PRIVATE } from './words.ts';

export function runViewOf({ source, generation }: Asked, run: Run): RunView {
  return generation === 1 ? firstGenerationView(source, run) : secondGenerationView(source, run);
}

/** A run in the fields of the generation that is asked. */
export function runForm(asked: Asked, run: Run): object {
  const view = runViewOf(asked, run);
  return asked.generation === 1 ? firstGenerationForm(asked.source, run, view) : secondGenerationForm(asked.source, run, view);
}

function firstGenerationForm(source: KnowledgeStackSource, run: Run, view: RunView): object {
  const userId = userIdOf(source, run);
  return {
    id: run.id,
    workflow_definition_id: run.workflow.id,
    user_id: userId,
    runner_type: 'SELF_HOSTED',
    status: view.status,
    started_at: view.startedAt,
    completed_at: view.completedAt,
    run_snapshot: {
      workflow_definition_id: run.workflow.id,
      workflow_name: run.workflow.name,
      runner_type: 'SELF_HOSTED',
      user_id: userId,
      max_run_duration_seconds: timeLimitOf(run.workflow),
      sources: [pathSnapshot(`sources of ${run.workflow.id}`, 'FOLDER')],
      instructions: [pathSnapshot(`instructions of ${run.workflow.id}`, 'DOCUMENT')],
      outputs: [pathSnapshot(`outputs of ${run.workflow.id}`, 'FOLDER')],
      template: null,
    },
    error: view.error,
    created_at: run.createdAt,
    updated_at: view.updatedAt,
  };
}

function secondGenerationForm(source: KnowledgeStackSource, run: Run, view: RunView): object {
  return {
    part_type: 'WORKFLOW_RUN',
    id: run.id,
    path_part_id: pathPartIdOf(run.id),
    parent_path_part_id: pathPartIdOf(run.workflow.id),
    materialized_path: `${PRIVATE.path}/run ${run.number}`,
    tenant_id: source.settings.tenantId,
    name: nameOf(run),
    workflow_definition_id: run.workflow.id,
    triggered_by: personOf(source, run),
    execution_state: view.status,
    approval_state: view.approvalState,
    started_at: view.startedAt,
    completed_at: view.completedAt,
    run_snapshot: view.startedAt === null ? null : secondGenerationSnapshot(run.workflow),
    error: view.error,
    auto_start: run.trigger !== 'person',
    auto_start_user_message: run.trigger === 'person' ? null : PRIVATE.message,
    inputs: folder(run, 'inputs', []),
    outputs: folder(run, 'outputs', run.state === 'succeeded' ? [outputAsset(run, view)] : []),
    discussions: folder(run, 'discussions'),
    excluded_common_files: [],
    run_thread_id: null,
    owner: personOf(source, run),
    created_at: run.createdAt,
    updated_at: view.updatedAt,
    permissions: { can_read: true, can_write: true, can_delete: true, can_approve: true },
  };
}

export function nameOf(run: Run): string {
  return `${run.workflow.name} ${run.number}`;
}

/** What its definition says, within the bounds that the source sets. */
export function timeLimitOf({ usualMs }: Workflow): number {
  return Math.min(86_400, Math.max(60, Math.ceil(usualMs / 100)));
}

function secondGenerationSnapshot(workflow: Workflow): object {
  return {
    workflow_name: workflow.name,
    max_run_duration_seconds: timeLimitOf(workflow),
    instruction: { ...pathSnapshot(`instructions of ${workflow.id}`, 'DOCUMENT_VERSION'), source_s3_uri: PRIVATE.storage },
    inputs: [{ ...pathSnapshot(`sources of ${workflow.id}`, 'FOLDER'), origin: 'DEFINITION_COMMON' }],
    excluded_common_files: [],
    user_message: PRIVATE.message,
    selected_skill_ids: [],
  };
}

function pathSnapshot(what: string, partType: string): object {
  return { path_part_id: pathPartIdOf(what), materialized_path: `${PRIVATE.path}/${partType.toLowerCase()}`, part_type: partType };
}

function folder(run: Run, name: string, assets?: readonly object[]): object {
  const id = pathPartIdOf(`${name} of ${run.id}`);
  return { id, path_part_id: id, materialized_path: `${PRIVATE.path}/run ${run.number}/${name}`, ...(assets && { assets }) };
}

function outputAsset(run: Run, { approvalState }: RunView): object {
  const id = pathPartIdOf(`result of ${run.id}`);
  return {
    id,
    path_part_id: id,
    name: `Result ${run.number}`,
    part_type: 'DOCUMENT',
    materialized_path: `${PRIVATE.path}/run ${run.number}/outputs/result`,
    approval_state: approvalState,
    origin: null,
  };
}
