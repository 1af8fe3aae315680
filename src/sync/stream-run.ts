import type { Logger } from 'pino';
import type { ConnectionSettings } from '../model/connection.ts';
import type { Api, ItemContext, ItemResult, Rejection, StreamSource } from '../model/connector.ts';
import { SourceError } from '../model/errors.ts';
import type { Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';
import type { Observation, ResponseEvidence } from '../model/observation.ts';
import type { SyncProgress } from '../model/sync-result.ts';
import { latestCopies } from '../observe/latest-copies.ts';
import type { Batch, BatchResult } from './batch.ts';
import type { Recorder } from './recorder.ts';

/** All that reading one stream needs, and what it has counted so far. */
export interface StreamRun {
  readonly settings: ConnectionSettings;
  readonly stream: Stream;
  readonly source: StreamSource;
  readonly api: Api;
  readonly recorder: Recorder;
  /** When this sync of the stream began, on our clock: what was asked for since is not asked for again. */
  readonly startedAt: Instant;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly tally: Tally;
  /** @throws SourceError source_wrong_account where the key belongs to another account than the ledger's */
  readonly checkAccount: (accountId: string) => Promise<void>;
  readonly report: (phase: SyncProgress['phase']) => void;
}

/** Counts of one stream's sync, as they grow. */
export interface Tally {
  pages: number;
  pagesTotal: number | null;
  observed: number;
  new: number;
  changed: number;
  unchanged: number;
  stale: number;
  deferred: number;
  ignored: number;
  appended: number;
  rejected: number;
  sourceTotal: number | null;
  skewMicros: bigint | null;
  hasDrift: boolean;
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
    unchanged: 0,
    stale: 0,
    deferred: 0,
    ignored: 0,
    appended: 0,
    rejected: 0,
    sourceTotal: null,
    skewMicros: null,
    hasDrift: false,
    isUnsettled: false,
    firstError: null,
  };
}

/** What one answer held, item by item understood, ignored or rejected. */
export interface ReadItems {
  readonly observations: readonly Observation[];
  readonly rejections: readonly Rejection[];
}

/**
 * Observes the items of one answer, and makes sure that they are of the account that this connection has always read.
 */
export async function observeItems(
  run: StreamRun,
  items: readonly unknown[],
  observe: (item: unknown, context: ItemContext) => ItemResult,
  response: ResponseEvidence,
  parentId: string | null,
): Promise<ReadItems> {
  const context: ItemContext = { response, payloads: run.settings.payloads, statuses: run.settings.statuses, parentId };
  const observations: Observation[] = [];
  const rejections: Rejection[] = [];
  for (const item of items) {
    const result = observe(item, context);
    switch (result.kind) {
      case 'observation':
        if (result.accountId !== null) await run.checkAccount(result.accountId);
        observations.push(result.observation);
        break;
      case 'rejection':
        rejections.push(result.rejection);
        break;
      case 'ignored':
        run.tally.ignored += 1;
        break;
    }
  }
  run.tally.skewMicros = response.skewMicros;
  return { observations: latestCopies(observations), rejections };
}

/** The most observations that one transaction takes: more gains nothing, and a bare array can be of any length. */
export const BATCH_SIZE = 1_000;

/** Records what was read, and counts it. @returns the counts of the last transaction, which is the only one for a page */
export async function recordItems(run: StreamRun, items: ReadItems, purpose: Batch['purpose']): Promise<BatchResult> {
  let { observations } = items;
  let { rejections } = items;
  while (observations.length > BATCH_SIZE) {
    await recordSome(run, { observations: observations.slice(0, BATCH_SIZE), rejections }, purpose);
    observations = observations.slice(BATCH_SIZE);
    rejections = [];
  }
  return await recordSome(run, { observations, rejections }, purpose);
}

async function recordSome(run: StreamRun, items: ReadItems, purpose: Batch['purpose']): Promise<BatchResult> {
  const { tally } = run;
  const result = await run.recorder.record({ ...items, purpose });
  tally.observed += items.observations.length;
  tally.rejected += items.rejections.length;
  tally.new += result.newCount;
  tally.changed += result.changedCount;
  tally.unchanged += result.unchangedCount - result.seenAgainCount;
  tally.stale += result.staleCount;
  tally.deferred += result.deferredCount;
  tally.appended += result.appendedCount;
  for (const { reason, response } of items.rejections.slice(0, 3)) {
    run.log.warn({ path: response.path, page: response.page, reason }, 'item rejected');
  }
  return result;
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
