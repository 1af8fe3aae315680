/** What a search through an answer may still cost: values to look at. */
export interface SearchBudget {
  valuesLeft: number;
}

/**
 * Collects the documented kinds of warnings. How `warnings` nests is not documented: kinds are looked for as values (`["general"]`,
 * `[{ "type": "general" }]`) and as keys (`{ "general": 2 }`). Other words are not taken over; they could be anything that a node wrote.
 */
export function collectWarningKinds(value: unknown, into: Set<string>, budget: SearchBudget, depth: number): void {
  if (budget.valuesLeft-- <= 0) return;
  if (typeof value === 'string' && WARNING_KINDS.has(value)) into.add(value);
  if (typeof value !== 'object' || value === null || depth === 0) return;
  for (const [key, inner] of Object.entries(value)) {
    if (WARNING_KINDS.has(key)) into.add(key);
    collectWarningKinds(inner, into, budget, depth - 1);
  }
}

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
