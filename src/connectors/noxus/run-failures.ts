import type { Facts } from '../../model/facts.ts';
import { collectWarningKinds, type SearchBudget } from './warning-kinds.ts';

/**
 * Why a run failed, as far as it can be told: how many nodes ended `errored`, and which of the documented kinds of warnings there were. A
 * Noxus run has no error text.
 *
 * How `per_node_progress` nests is not documented, so it is searched: whatever carries a status is a node, and what lies inside a node is its
 * own.
 *
 * @param perNodeProgress undefined where the answer carries none: then the nodes are unknown, and the empty `warning_kinds` tell that it was
 * looked for
 */
export function readRunFailures(perNodeProgress: unknown): Pick<Facts, 'warning_kinds'> & Partial<Pick<Facts, 'errored_node_count'>> {
  const found: Found = { erroredNodes: 0, warningKinds: new Set(), valuesLeft: MAX_VALUES };
  search(perNodeProgress, found, false, MAX_DEPTH);
  const warning_kinds = [...found.warningKinds].sort();
  const isCarried = typeof perNodeProgress === 'object' && perNodeProgress !== null;
  return isCarried ? { errored_node_count: found.erroredNodes, warning_kinds } : { warning_kinds };
}

interface Found extends SearchBudget {
  erroredNodes: number;
  readonly warningKinds: Set<string>;
}

const MAX_DEPTH = 8;
const MAX_VALUES = 100_000;

function search(value: unknown, found: Found, isInNode: boolean, depth: number): void {
  if (typeof value !== 'object' || value === null || depth === 0 || found.valuesLeft-- <= 0) return;
  const status = (value as { status?: unknown }).status;
  const isNode = !isInNode && typeof status === 'string';
  if (isNode && status.toLowerCase() === 'errored') found.erroredNodes++;
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'warnings') collectWarningKinds(inner, found.warningKinds, found, depth - 1);
    else search(inner, found, isInNode || isNode, depth - 1);
  }
}
