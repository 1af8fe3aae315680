import { hashText } from '../random.ts';
import type { Run } from '../run.ts';
import type { World } from '../world.ts';

/** `none`: a fixed order that has nothing to do with when a run was created. */
export type ListOrder = 'newest_first' | 'oldest_first' | 'none';

/** Present runs in the order in which they are listed. */
export interface RunList {
  readonly length: number;
  slice(offset: number, limit: number): readonly Run[];
}

export interface RunLists {
  /** Brought up to date with the world at each call. */
  all(): RunList;
  ofWorkflow(workflowId: string): RunList;
}

/**
 * The lists follow the world's transitions from where they were read last, so that a page costs what changed since the page before and not
 * what there is.
 */
export function createRunLists(world: World, order: ListOrder, isListed: (run: Run) => boolean): RunLists {
  const everything = createOrderedRuns(order);
  const byWorkflow = new Map(world.workflows.map((workflow) => [workflow.id, createOrderedRuns(order)]));
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
      return byWorkflow.get(workflowId) ?? createOrderedRuns(order);
    },
  };
}

interface OrderedRuns extends RunList {
  add(run: Run): void;
  remove(run: Run): void;
}

function createOrderedRuns(order: ListOrder): OrderedRuns {
  const entries: { readonly key: number; readonly run: Run }[] = [];
  const keyOf = (run: Run): number => (order === 'none' ? hashText(run.id) : run.number);
  let isSorted = true;

  return {
    get length() {
      return entries.length;
    },
    add(run) {
      entries.push({ key: keyOf(run), run });
      // Runs come in order of their numbers, so only the order by hash needs sorting, once for all that came since the last look.
      isSorted = order !== 'none';
    },
    remove(run) {
      const index = entries.findLastIndex((entry) => entry.run === run);
      if (index >= 0) entries.splice(index, 1);
    },
    slice(offset, limit) {
      if (!isSorted) entries.sort((a, b) => a.key - b.key || a.run.number - b.run.number);
      isSorted = true;
      if (order !== 'newest_first') return entries.slice(offset, offset + limit).map((entry) => entry.run);
      const end = Math.max(0, entries.length - offset);
      return entries
        .slice(Math.max(0, end - limit), end)
        .reverse()
        .map((entry) => entry.run);
    },
  };
}
