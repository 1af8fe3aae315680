import type { Logger } from 'pino';
import type { CountedApi } from '../extract/create-api.ts';
import { clockOffset, narrowed, type ClockOffset } from '../model/clock-offset.ts';
import type { ConnectionSettings } from '../model/connection.ts';
import type { ItemContext, ItemResult, ReadTarget, Rejection, StreamSource } from '../model/connector.ts';
import { SourceError } from '../model/errors.ts';
import type { Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';
import type { Observation, ResponseEvidence } from '../model/observation.ts';
import type { SyncProgress } from '../model/sync-result.ts';
import { jsonEvidence } from '../observe/json-evidence.ts';
import { latestCopies } from '../observe/latest-copies.ts';
import type { Checkpoint } from '../record/scans.ts';
import type { Batch, BatchResult } from './batch.ts';
import type { Recorder } from './recorder.ts';
import type { PageFit } from './smaller-pages.ts';
import type { StreamForm } from './stream-form.ts';

/** All that reading one stream needs, and what it has counted so far. */
export interface StreamRun {
  readonly settings: ConnectionSettings;
  readonly stream: Stream;
  /** How the source answers for this stream now. */
  readonly source: StreamSource;
  readonly form: StreamForm;
  readonly api: CountedApi;
  readonly recorder: Recorder;
  /** When this sync of the stream began, on our clock: what was asked for since is not asked for again. */
  readonly startedAt: Instant;
  /** Whether a person vouches for what has vanished. */
  readonly isAccepting: boolean;
  readonly signal: AbortSignal;
  readonly now: () => Instant;
  readonly log: Logger;
  readonly tally: Tally;
  readonly seen: SeenBesides;
  /** By the path of a list, where a page of it was too large: how many rows it is asked for. */
  readonly pageFits: Map<string, PageFit>;
  /** @throws SourceError source_wrong_account where the key belongs to another account than the ledger's */
  readonly checkAccount: (accountId: string) => Promise<void>;
  readonly report: (phase: SyncProgress['phase']) => void;
}

/** What a sync saw of a stream apart from the lists that show all. */
export interface SeenBesides {
  /** Where a full scan keeps it; null where there is no full scan. */
  scanId: bigint | null;
  /** Whether a read by id has found a record. */
  isFoundById: boolean;
  /** Some records that the lists showed just now: a read of one by id must find it. */
  canaries: readonly ReadTarget[];
  /** Parents that are gone, with the answer where this sync asked for them, and what of a record names its parent. */
  readonly goneParents: Map<string, ResponseEvidence | null>;
  /** Parents that are gone and whose records may live on. */
  readonly abandoning: Set<string>;
  parentFact: 'collection_id' | 'workflow_id' | null;
}

export function nothingSeen(): SeenBesides {
  return { scanId: null, isFoundById: false, canaries: [], goneParents: new Map(), abandoning: new Set(), parentFact: null };
}

/** Counts of one stream's sync, as they grow. */
export interface Tally {
  pages: number;
  pagesTotal: number | null;
  observed: number;
  new: number;
  changed: number;
  disappeared: number;
  unchanged: number;
  stale: number;
  deferred: number;
  ignored: number;
  appended: number;
  rejected: number;
  /** What all answers so far allow of the two clocks; after one was set, what those since then allow. */
  clock: ClockOffset | null;
  hasDrift: boolean;
  /** Whether every record was to be read. */
  isFullScan: boolean;
  /** Rows kept vanishing while a list was read, or an open record could not be understood: something may have been missed. */
  isUnsettled: boolean;
  /** The first failure that did not end the stream at once. */
  firstError: Error | null;
}

export function newTally(): Tally {
  return {
    pages: 0,
    pagesTotal: null,
    observed: 0,
    new: 0,
    changed: 0,
    disappeared: 0,
    unchanged: 0,
    stale: 0,
    deferred: 0,
    ignored: 0,
    appended: 0,
    rejected: 0,
    clock: null,
    hasDrift: false,
    isFullScan: false,
    isUnsettled: false,
    firstError: null,
  };
}

/** What one answer held, item by item understood, ignored or rejected. */
export interface ReadItems {
  readonly observations: readonly Observation[];
  readonly rejections: readonly Rejection[];
  /** Stand for items that are none of the stream's records. */
  readonly ignored: readonly string[];
}

export const NO_ITEMS: ReadItems = { observations: [], rejections: [], ignored: [] };

/**
 * Observes the items of one answer, and makes sure that they are of the account that this connection has always read.
 */
export async function observeItems(
  run: StreamRun,
  items: readonly unknown[],
  observe: (item: unknown, context: ItemContext) => ItemResult,
  response: ResponseEvidence,
  parentId: string | null,
  keyOf?: (item: unknown) => string | null,
): Promise<ReadItems> {
  const context: ItemContext = { response, payloads: run.settings.payloads, statuses: run.settings.statuses, parentId };
  const observations: Observation[] = [];
  const rejections: Rejection[] = [];
  const ignored: string[] = [];
  for (const item of items) {
    const result = observe(item, context);
    switch (result.kind) {
      case 'observation':
        if (result.accountId !== null) await run.checkAccount(result.accountId);
        observations.push(result.observation);
        break;
      case 'rejection':
        rejections.push(withKey(result.rejection, keyOf?.(item) ?? null));
        break;
      case 'ignored':
        run.tally.ignored += 1;
        ignored.push(`ignored ${jsonEvidence(item).digest}`);
        break;
    }
  }
  noteClock(run.tally, response);
  // The source's total counts rows: a record that stands twice in one answer is two of them.
  const copies = new Map<string, number>();
  for (const { recordId } of observations) {
    const count = copies.get(recordId) ?? 0;
    if (count > 0) ignored.push(`copy ${count} of ${recordId}`);
    copies.set(recordId, count + 1);
  }
  return { observations: latestCopies(observations), rejections, ignored };
}

function withKey(rejection: Rejection, key: string | null): Rejection {
  return key === null ? rejection : { ...rejection, key };
}

/** The most observations, or rejections, that one transaction takes: more gains nothing, and a bare array can be of any length. */
export const BATCH_SIZE = 1_000;

/**
 * Characters of answers that may come in before what they showed is recorded, though it be few records: what is kept of each waits in memory, and may be a
 * megabyte.
 */
export function mostGathered({ settings }: StreamRun): number {
  return settings.payloads === 'full' ? 2 * 1024 * 1024 : 8 * 1024 * 1024;
}

/** How what was read is to be recorded. */
export type RecordAs = Pick<Batch, 'purpose' | 'shownBy'> & {
  readonly scan?: { readonly id: bigint; readonly checkpoint?: Checkpoint } | undefined;
};

/** Records what was read, and counts it. @returns the counts of all transactions together */
export async function recordItems(run: StreamRun, items: ReadItems, as: RecordAs): Promise<BatchResult> {
  const length = Math.max(items.observations.length, items.rejections.length);
  let result = NOTHING_RECORDED;
  for (let first = 0; first === 0 || first < length; first += BATCH_SIZE) {
    const isLast = first + BATCH_SIZE >= length;
    const part: ReadItems = {
      observations: items.observations.slice(first, first + BATCH_SIZE),
      rejections: items.rejections.slice(first, first + BATCH_SIZE),
      ignored: first === 0 ? items.ignored : [],
    };
    // How far a scan came is true only once all of it is recorded.
    const some = isLast || as.scan === undefined ? as : { ...as, scan: { id: as.scan.id } };
    result = sumOf(result, await recordSome(run, part, some));
  }
  return result;
}

async function recordSome(run: StreamRun, items: ReadItems, as: RecordAs): Promise<BatchResult> {
  const { tally } = run;
  const { observations, rejections } = items;
  const besides = as.shownBy === 'all' || run.seen.scanId === null ? undefined : { id: run.seen.scanId };
  const scan = as.scan ?? besides;
  const result = await run.recorder.record({
    observations,
    rejections,
    purpose: as.purpose,
    shownBy: as.shownBy,
    ...(scan !== undefined && { scan: { ...scan, otherKeys: items.ignored } }),
  });
  tally.observed += observations.length;
  tally.rejected += rejections.length;
  tally.new += result.newCount;
  tally.changed += result.changedCount;
  tally.unchanged += result.unchangedCount - result.seenAgainCount;
  tally.stale += result.staleCount;
  tally.deferred += result.deferredCount;
  tally.appended += result.appendedCount;
  if (as.shownBy === 'all' && observations.length > 0) run.seen.canaries = observations.slice(-CANARIES).map(targetOf);
  for (const { reason, response } of rejections.slice(0, 3)) {
    run.log.warn({ path: response.path, page: response.page, reason }, 'item rejected');
  }
  return result;
}

const CANARIES = 3;

function targetOf({ recordId, facts }: Observation): ReadTarget {
  return { recordId, workflowId: facts.workflow_id ?? null, collectionId: facts.collection_id ?? null };
}

const NOTHING_RECORDED: BatchResult = {
  newCount: 0,
  changedCount: 0,
  unchangedCount: 0,
  seenAgainCount: 0,
  staleCount: 0,
  deferredCount: 0,
  appendedCount: 0,
};

function sumOf(a: BatchResult, b: BatchResult): BatchResult {
  const names = Object.keys(a) as (keyof BatchResult)[];
  return Object.fromEntries(names.map((name) => [name, a[name] + b[name]])) as unknown as BatchResult;
}

/**
 * Keeps a failure of one part so that the rest is still read; what would fail everywhere is thrown.
 */
export function keepFailure(run: StreamRun, error: unknown): void {
  if (!(error instanceof SourceError) || ENDS_THE_STREAM.has(error.code)) throw error;
  run.tally.firstError ??= error;
  run.log.warn({ err: error }, 'a part of the stream could not be read');
}

const ENDS_THE_STREAM: ReadonlySet<string> = new Set([
  'source_unauthorized',
  'source_rate_limited',
  'source_wrong_account',
  'source_unreachable',
] satisfies SourceError['code'][]);

function noteClock(tally: Tally, response: ResponseEvidence): void {
  const offset = clockOffset(response);
  if (offset !== null) tally.clock = tally.clock === null ? offset : (narrowed(tally.clock, offset) ?? offset);
}
