import type { Connector, Payloads } from './connector.ts';
import type { Stream } from './event.ts';
import type { Status } from './status.ts';

/** One configured account at a source system, checked and with every default filled in. Durations in milliseconds. */
export interface ConnectionSettings {
  /** Its permanent key in the ledger. */
  readonly name: string;
  readonly connector: Connector;
  /** http or https, no credentials, no trailing slash */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** For show. */
  readonly label: string | null;
  readonly streams: readonly Stream[];
  readonly payloads: Payloads;
  /** The user's mapping of words that no release knows yet. */
  readonly statuses: Readonly<Record<string, Status>>;
  readonly requests: RequestLimits;
  readonly overlapMs: number;
  readonly fullScanEveryMs: number;
  /** Open records read by id in one sync, at the most. */
  readonly openReads: number;
  /** After how long an open record counts as stuck; null: as the source's limit, its workflow's history or 24 h say. */
  readonly stuckAfterMs: number | null;
  /** Whether plain http to another host than this machine is allowed. */
  readonly allowHttp: boolean;
}

export interface RequestLimits {
  /** requests under way at once */
  readonly concurrency: number;
  readonly perSecond: number;
  /** for one request, its body included */
  readonly timeoutMs: number;
  /** the longest wait that a source may ask for; beyond it the stream ends `rate_limited` */
  readonly maxWaitMs: number;
  /** bytes of one answer's body */
  readonly maxBytes: number;
}

export const DEFAULT_REQUESTS: RequestLimits = {
  concurrency: 4,
  perSecond: 10,
  timeoutMs: 30_000,
  maxWaitMs: 300_000,
  maxBytes: 8 * 1024 * 1024,
};

export const DEFAULT_OVERLAP_MS = 10 * 60_000;
export const DEFAULT_FULL_SCAN_EVERY_MS = 24 * 3_600_000;
export const DEFAULT_OPEN_READS = 1_000;
