import type { RecordKind } from '../../src/model/record-kind.ts';

/** The lifecycles of all seven kinds of record, as the source systems' contracts tell them. */
export const KINDS = {
  'noxus run': { name: 'noxus run', reopensFrom: [], isKeyed: false, finishTellsAttempts: false },
  /** Its key is the id of the ingestion run. */
  'noxus document': { name: 'noxus document', reopensFrom: ['succeeded', 'failed'], isKeyed: true, finishTellsAttempts: false },
  'morphik run': { name: 'morphik run', reopensFrom: [], isKeyed: false, finishTellsAttempts: false },
  'morphik document': { name: 'morphik document', reopensFrom: ['succeeded', 'failed'], isKeyed: false, finishTellsAttempts: false },
  'knowledge stack run, first generation': {
    name: 'knowledge stack run, first generation',
    reopensFrom: [],
    isKeyed: false,
    finishTellsAttempts: false,
  },
  /** Its key is `started_at`, once it is past queued. */
  'knowledge stack run, second generation': {
    name: 'knowledge stack run, second generation',
    reopensFrom: ['failed', 'cancelled'],
    isKeyed: true,
    finishTellsAttempts: true,
  },
  /** Its key is `last_run_timestamp`, which is also when the attempt was queued. */
  'knowledge stack document': {
    name: 'knowledge stack document',
    reopensFrom: ['succeeded', 'failed', 'cancelled'],
    isKeyed: true,
    finishTellsAttempts: false,
  },
} as const satisfies Record<string, RecordKind>;

export type KindName = keyof typeof KINDS;

export const KIND_NAMES = Object.keys(KINDS) as readonly KindName[];
