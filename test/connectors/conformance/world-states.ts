import type { Stream } from '../../../src/model/event.ts';
import type { DocumentState } from '../../../src/simulator/document.ts';
import type { RunState } from '../../../src/simulator/run.ts';
import type { World } from '../../../src/simulator/world.ts';
import type { WorldState } from './conforming-system.ts';

/** Where a record of each stream can be. */
export const STATES: Readonly<Record<Stream, readonly WorldState[]>> = {
  runs: ['queued', 'running', 'waiting', 'succeeded', 'failed', 'stopped'] satisfies RunState[],
  documents: ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'over_quota'] satisfies (DocumentState | 'over_quota')[],
};

/** Puts a record into the world that has come as far as this, step by step. @returns its id there */
export function addInState(world: World, stream: Stream, state: WorldState): string {
  if (!STATES[stream].includes(state)) throw new Error(`no record of ${stream} is ever ${state}`);
  return stream === 'runs' ? addRun(world, state as RunState) : addDocument(world, state as DocumentState | 'over_quota');
}

/** Of each workflow in turn, so that some of them ingest. */
function addRun(world: World, state: RunState): string {
  const workflow = world.workflows[world.runs.length % world.workflows.length];
  const { id } = world.addRun(workflow === undefined ? {} : { workflow });
  world.advanceBy(STEP_MS);
  if (state === 'queued') return id;
  world.moveRun(id, 'running');
  world.advanceBy(STEP_MS);
  if (state !== 'running') world.moveRun(id, state);
  world.advanceBy(STEP_MS);
  return id;
}

function addDocument(world: World, state: DocumentState | 'over_quota'): string {
  const { id } = world.addDocument();
  world.advanceBy(STEP_MS);
  if (state === 'queued') return id;
  world.moveDocument(id, 'running');
  world.advanceBy(STEP_MS);
  if (state === 'over_quota') world.moveDocument(id, 'failed', { error: 'The quota of pages is used up', isOverQuota: true });
  else if (state !== 'running') world.moveDocument(id, state);
  world.advanceBy(STEP_MS);
  return id;
}

export function remove(world: World, stream: Stream, id: string): void {
  if (stream === 'runs') world.deleteRun(id);
  else world.deleteDocument(id);
}

const STEP_MS = 1_500;
