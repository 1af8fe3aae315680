/** Small, filterable fields of a record, an allow-list: each is a column of `runledger.records`. */
export interface Facts {
  readonly workflow_id: string | null;
  readonly workflow_type: string | null;
  readonly workflow_version_id: string | null;
  /** hex of the sha-256 of the definition that ran, where the source shows which */
  readonly definition_digest: string | null;
  readonly trigger_source: string | null;
  readonly triggered_by_user_id: string | null;
  readonly runner_type: string | null;
  /** sorted, without duplicates */
  readonly tags: readonly string[] | null;
  /** knowledge base or folder */
  readonly collection_id: string | null;
  readonly document_id: string | null;
  readonly document_version_id: string | null;
  /** the ingestion run of a document */
  readonly run_id: string | null;
  readonly chunk_count: number | null;
  readonly step_count: number | null;
  readonly token_count: number | null;
  readonly engine_status: string | null;
  readonly errored_node_count: number | null;
  /** sorted, without duplicates */
  readonly warning_kinds: readonly string[] | null;
  readonly time_limit_seconds: number | null;
}

export type FactName = keyof Facts;

/** What a fact is in SQL. A new fact does not compile until it is named here. */
export const FACT_TYPES: Record<FactName, 'text' | 'text[]' | 'bigint'> = {
  workflow_id: 'text',
  workflow_type: 'text',
  workflow_version_id: 'text',
  definition_digest: 'text',
  trigger_source: 'text',
  triggered_by_user_id: 'text',
  runner_type: 'text',
  tags: 'text[]',
  collection_id: 'text',
  document_id: 'text',
  document_version_id: 'text',
  run_id: 'text',
  chunk_count: 'bigint',
  step_count: 'bigint',
  token_count: 'bigint',
  engine_status: 'text',
  errored_node_count: 'bigint',
  warning_kinds: 'text[]',
  time_limit_seconds: 'bigint',
};

export const FACT_NAMES = Object.keys(FACT_TYPES) as readonly FactName[];

export const NO_FACTS: Facts = Object.freeze(Object.fromEntries(FACT_NAMES.map((name) => [name, null]))) as unknown as Facts;
