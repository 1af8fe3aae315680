import type { Facts } from '../../model/facts.ts';

/**
 * Why a run failed, as far as it can be told: how many nodes ended `errored`, and which of the documented kinds of warnings there were. A
 * Noxus run has no error text.
 *
 * How `per_node_progress` nests is not documented, so it is searched: whatever carries a status is a node, and what lies inside a node is its
 * own. Other words than the documented ones are not taken over; they could be anything that a node wrote.
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

interface Found {
  erroredNodes: number;
  readonly warningKinds: Set<string>;
  valuesLeft: number;
}

const MAX_DEPTH = 8;
const MAX_VALUES = 100_000;

const WARNING_KINDS: ReadonlySet<string> = new Set([
  'general',
  'model_fallback',
  'model_timeout',
  'reading_spreadsheet',
  'invalid_search',
  'no_results_returned',
  'integration_warning',
  'failed_scraping',
  'invalid_value',
  'continue_on_error',
  'data_ingestion',
  'document_already_exists',
  'ingestion_timeout',
  'libreoffice_conversion',
]);

function search(value: unknown, found: Found, isInNode: boolean, depth: number): void {
  if (typeof value !== 'object' || value === null || depth === 0 || found.valuesLeft-- <= 0) return;
  const status = (value as { status?: unknown }).status;
  const isNode = !isInNode && typeof status === 'string';
  if (isNode && status.toLowerCase() === 'errored') found.erroredNodes++;
  for (const [key, inner] of Object.entries(value)) {
    if (key === 'warnings') collectWarnings(inner, found, depth - 1);
    else search(inner, found, isInNode || isNode, depth - 1);
  }
}

/** Kinds are looked for as values (`["general"]`, `[{ "type": "general" }]`) and as keys (`{ "general": 2 }`). */
function collectWarnings(value: unknown, found: Found, depth: number): void {
  if (found.valuesLeft-- <= 0) return;
  if (typeof value === 'string' && WARNING_KINDS.has(value)) found.warningKinds.add(value);
  if (typeof value !== 'object' || value === null || depth === 0) return;
  for (const [key, inner] of Object.entries(value)) {
    if (WARNING_KINDS.has(key)) found.warningKinds.add(key);
    collectWarnings(inner, found, depth - 1);
  }
}
