import type { Run } from '../run.ts';
import { hashText } from '../random.ts';
import type { World } from '../world.ts';

export interface RunLists {
  /** The present runs of a workflow, in a fixed order that has nothing to do with when they began. */
  ofWorkflow(workflowId: string): readonly Run[];
}

/** Runs are put in their places once, when the lists are read after they came. */
export function createRunLists(world: World): RunLists {
  const byWorkflow = new Map<string, Run[]>();
  let readCount = 0;

  function follow(): void {
    const grown = new Set<Run[]>();
    for (; readCount < world.runs.length; readCount += 1) {
      const run = world.runs[readCount];
      if (run === undefined) continue;
      const list = byWorkflow.get(run.workflow.id) ?? [];
      byWorkflow.set(run.workflow.id, list);
      list.push(run);
      grown.add(list);
    }
    for (const list of grown) list.sort((a, b) => hashText(a.id) - hashText(b.id) || a.number - b.number);
  }

  return {
    ofWorkflow(workflowId) {
      follow();
      return (byWorkflow.get(workflowId) ?? []).filter(({ deletedAt }) => deletedAt === null);
    },
  };
}
