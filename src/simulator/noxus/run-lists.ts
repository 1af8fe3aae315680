import type { Run } from '../run.ts';
import type { World } from '../world.ts';
import type { ListOrder, Sliceable } from './ordered-list.ts';
import { createOrderedList, sliceable } from './ordered-list.ts';

export interface RunLists {
  /** Present runs, brought up to date with the world at each call. */
  all(): Sliceable<Run>;
  ofWorkflow(workflowId: string): Sliceable<Run>;
}

/**
 * The lists follow the world's transitions from where they were read last, so that a page costs what changed since the page before and not
 * what there is.
 */
export function createRunLists(world: World, order: ListOrder, isListed: (run: Run) => boolean): RunLists {
  const everything = createOrderedList<Run>(order);
  const byWorkflow = new Map(world.workflows.map((workflow) => [workflow.id, createOrderedList<Run>(order)]));
  let readCount = 0;

  function follow(): void {
    for (; readCount < world.transitions.length; readCount += 1) {
      const transition = world.transitions[readCount];
      const run = transition && world.run(transition.recordId);
      if (transition === undefined || run == null) continue;
      if (transition.state === 'deleted') {
        everything.remove(run);
        byWorkflow.get(run.workflow.id)?.remove(run);
      } else if (transition === run.transitions[0]) {
        if (isListed(run)) everything.add(run);
        byWorkflow.get(run.workflow.id)?.add(run);
      }
    }
  }

  return {
    all() {
      follow();
      return everything;
    },
    ofWorkflow(workflowId) {
      follow();
      return byWorkflow.get(workflowId) ?? sliceable([]);
    },
  };
}
