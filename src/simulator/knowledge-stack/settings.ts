import type { Instant } from '../../model/instant.ts';
import type { Document } from '../document.ts';
import type { Run } from '../run.ts';
import type { WorkflowIdForm } from './ids.ts';
import type { RowOrder } from './row-order.ts';

/**
 * 1: runs have `status` and are listed by definition only. `2-by-definition`: they have `execution_state` already, and are still listed by
 * definition only. 2: there is the tenant-wide list too.
 */
export type Generation = 1 | 2 | '2-by-definition';

/** In what a Knowledge Stack differs from another, by its version or for reasons that its documentation leaves open. */
export interface KnowledgeStackSettings {
  /** Asked anew at each request where it is a function, so that a tenant can be upgraded meanwhile; 2 if left out. */
  readonly generation: Generation | (() => Generation);
  /** The parameters that a list knows and echoes, the others being ignored; `limit_offset` if left out. `pages` are those of the older page. */
  readonly paging: 'limit_offset' | 'pages';
  /** Of the runs of a definition, where the query cannot sort them; `newest_first` if left out. */
  readonly runOrder: RowOrder;
  /** Of the ingestions; `none` if left out. */
  readonly documentOrder: RowOrder;
  readonly tenantId: string;
  readonly workflowIdForm: WorkflowIdForm;

  /** What generation 1 shows as the start of a run that has none yet; `created_at` if left out. */
  readonly queuedStart: 'created_at' | 'a_moment_later';
  /** How long the uploads of a new run are still ingested, which generation 2 shows as PENDING; 0 if left out. */
  readonly uploadsMs: number;
  /** What generation 2 goes on showing of the attempt before, once a run is taken up again; nothing if left out. */
  readonly retryKeeps: { readonly start?: boolean; readonly finish?: boolean; readonly error?: boolean };
  /** Runs that somebody has to approve; none if left out. */
  readonly needsApproval: (run: Run) => boolean;
  /** Whether the runs of a deleted definition stay, on which the documentation contradicts itself; true if left out. */
  readonly runsOutliveDefinitions: boolean;

  /** Whether generation 2 answers under `/v1/workflows/…` too; false if left out. */
  readonly keepsOldPaths: boolean;
  /**
   * The name of the live status: the OpenAPI's, the older page's (which also knows no `workflow_type`, `task_queue` and `run_id`), or both;
   * `temporal_status` if left out.
   */
  readonly temporalStatusName: 'temporal_status' | 'execution_status' | 'both';
  /** How long after its end an ingestion is still known to Temporal, and so to all that is read live; for ever if left out. */
  readonly temporalRetentionMs: number;
  /** What Temporal says of an ingestion, where that is not what the database says; null for all if left out. */
  readonly temporalOf: (document: Document) => TemporalState | null;
  /** Whether `last_state_update_timestamp` moves already when a rerun is asked for, or only once that is under way; true if left out. */
  readonly rerunMovesStateUpdate: boolean;

  /** Records for which this is false are neither listed nor answered for, as if the key had lost its right to see them. */
  readonly isVisible: (record: Run | Document) => boolean;
  /** Records for which this is false are in no list, and are answered for by id. */
  readonly isListed: (record: Run | Document) => boolean;
  /** Records for which this is false are not found by id, wherever they are listed. */
  readonly isServedById: (record: Run | Document) => boolean;
}

export interface TemporalState {
  /** in Temporal's words */
  readonly status: string;
  readonly closeTime: Instant | null;
}

export const DEFAULT_SETTINGS: Omit<KnowledgeStackSettings, 'tenantId'> = {
  generation: 2,
  paging: 'limit_offset',
  runOrder: 'newest_first',
  documentOrder: 'none',
  workflowIdForm: 'prefixed',
  queuedStart: 'created_at',
  uploadsMs: 0,
  retryKeeps: {},
  needsApproval: () => false,
  runsOutliveDefinitions: true,
  keepsOldPaths: false,
  temporalStatusName: 'temporal_status',
  temporalRetentionMs: Infinity,
  temporalOf: () => null,
  rerunMovesStateUpdate: true,
  isVisible: () => true,
  isListed: () => true,
  isServedById: () => true,
};
