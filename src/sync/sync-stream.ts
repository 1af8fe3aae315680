import type { Logger } from 'pino';
import type { Ledger } from '../db/open-ledger.ts';
import { inTransaction } from '../db/transaction.ts';
import type { ConnectionSettings } from '../model/connection.ts';
import type { Api, StreamSource } from '../model/connector.ts';
import { RunledgerError, SourceError } from '../model/errors.ts';
import type { Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';
import type { PlannedEvent, SyncProgress, SyncStreamResult, SyncStreamStatus } from '../model/sync-result.ts';
import { finishStream, type StreamEnd } from '../record/finish-stream.ts';
import type { StreamState } from '../record/stream-lease.ts';
import type { BatchTarget } from './batch.ts';
import { confirmAbsences } from './confirm-absences.ts';
import { createDryRecorder } from './dry-recorder.ts';
import { findAbsences } from './find-absences.ts';
import { createLedgerRecorder } from './ledger-recorder.ts';
import { progressOf } from './progress-of.ts';
import { readDetails } from './read-details.ts';
import { readFeeds, type FeedsRead } from './read-feeds.ts';
import { readDoubted, readOpen } from './read-open.ts';
import { scanDue } from './scan-due.ts';
import { newTally, nothingSeen, type StreamRun, type Tally } from './stream-run.ts';

export interface StreamSync {
  readonly settings: ConnectionSettings;
  readonly stream: Stream;
  readonly source: StreamSource;
  readonly api: Api & { readonly counts: { readonly requests: number; readonly retries: number } };
  readonly state: StreamState;
  /** A full scan is asked for, due or not. */
  readonly isFull: boolean;
  /** Absences are recorded however many they are. */
  readonly acceptsAbsences: boolean;
  /** null in a dry run */
  readonly syncId: bigint | null;
  readonly checkAccount: (accountId: string) => Promise<void>;
  readonly now: () => Instant;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: SyncProgress) => void;
  readonly onPlannedEvent: (event: PlannedEvent) => void;
  readonly waitingUntil: () => Instant | null;
}

interface StreamOutcome {
  readonly status: SyncStreamStatus;
  readonly error: Error | null;
  readonly feeds: FeedsRead | null;
  readonly open: number;
  readonly unread: number;
  readonly isComplete: boolean;
  readonly mode: 'incremental' | 'full';
  readonly hasAbsenceProof: boolean;
  readonly totalsAgreed: boolean;
  /** undefined: nothing new is known of it */
  readonly absenceFinding: string | null | undefined;
}

const NO_OUTCOME: Omit<StreamOutcome, 'status' | 'error'> = {
  feeds: null,
  open: 0,
  unread: 0,
  isComplete: false,
  mode: 'incremental',
  hasAbsenceProof: false,
  totalsAgreed: false,
  absenceFinding: undefined,
};

/**
 * One sync of one stream: what is new or changed, then everything open that the lists did not show, then what was in doubt, then details. Its lease
 * has been taken; whatever happens it is given back and the outcome is written down, unless the ledger itself fails.
 */
export async function syncStream(ledger: Ledger, sync: StreamSync): Promise<SyncStreamResult> {
  const startedAt = sync.now();
  const { settings, stream, source, log } = sync;
  const target: BatchTarget = {
    connection: settings.name,
    stream,
    syncId: sync.syncId ?? 0n,
    kind: source.kind,
    since: startedAt,
    isDetailWanted: (record) => source.detail?.isWanted(record) ?? false,
  };
  // A batch in hand is finished even when a signal asks to stop: only reading is given up.
  const recorder =
    sync.syncId === null
      ? createDryRecorder(ledger, target, startedAt, sync.onPlannedEvent)
      : createLedgerRecorder(ledger, target, startedAt, { log });
  const tally = newTally();
  const run: StreamRun = {
    settings,
    stream,
    source,
    api: sync.api,
    recorder,
    startedAt,
    signal: sync.signal,
    now: sync.now,
    log,
    tally,
    seen: nothingSeen(),
    checkAccount: sync.checkAccount,
    report: (phase) => {
      sync.onProgress(progressOf(settings.name, stream, phase, tally, sync.waitingUntil()));
    },
  };
  const finish = async (outcome: StreamOutcome): Promise<SyncStreamResult> => {
    const result = streamResult(sync, tally, outcome);
    if (sync.syncId === null) return result;
    const end = streamEnd(sync, sync.syncId, tally, outcome, result, startedAt);
    await inTransaction(ledger, (trx) => finishStream(trx, end), { log });
    return result;
  };
  let outcome: StreamOutcome;
  try {
    outcome = await readStream(run, sync);
  } catch (error) {
    await giveBack(finish, error, log);
    throw error;
  }
  const result = await finish(outcome);
  run.report('done');
  return result;
}

/** After a failure of the ledger or of the code: the lease need not run out, if the ledger can still be told. */
async function giveBack(finish: (outcome: StreamOutcome) => Promise<unknown>, cause: unknown, log: Logger): Promise<void> {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  try {
    await finish({ ...NO_OUTCOME, status: 'failed', error });
  } catch (second) {
    log.debug({ err: second }, 'the stream could not be given back either');
  }
}

async function readStream(run: StreamRun, sync: StreamSync): Promise<StreamOutcome> {
  const parts = await readParts(run, sync);
  const { feeds, error } = parts;
  const { open, unread } = await run.recorder.countOpen();
  const doubted = error === null ? await run.recorder.requestedReads('confirm', 1) : [];
  // Until one scan has seen every record, something may be missing that no later sync looks for.
  const isWhole = feeds?.scan == null ? sync.state.lastFullScanAt !== null : feeds.scan.isProven;
  const isComplete = error === null && unread === 0 && doubted.length === 0 && !run.tally.isUnsettled && isWhole;
  const status = error === null ? 'succeeded' : await failureStatus(sync, error, feeds);
  return { ...parts, status, error, open, unread, isComplete };
}

type Parts = Pick<StreamOutcome, 'feeds' | 'mode' | 'hasAbsenceProof' | 'totalsAgreed' | 'absenceFinding' | 'error'>;

async function readParts(run: StreamRun, sync: StreamSync): Promise<Parts> {
  let parts: Parts = { ...NO_OUTCOME, error: null };
  try {
    const { feeds, mode, totalsAgreed } = await readAsDue(run, sync);
    parts = { ...parts, feeds, mode, totalsAgreed };
    const budget = { left: run.settings.openReads };
    await readOpen(run, feeds, budget);
    await readDoubted(run, budget);
    parts = { ...parts, ...(await settleAbsences(run, sync, feeds)) };
    await readDetails(run, budget);
    if (mode === 'full' && !isToBeGoneOnWith(sync, feeds)) await run.recorder.endScans();
    return { ...parts, error: run.tally.firstError };
  } catch (error) {
    // What the ledger or a bug throws ends the whole sync; what the source or a signal does ends the stream.
    if (error instanceof SourceError || (error instanceof RunledgerError && error.code === 'aborted')) return { ...parts, error };
    throw error;
  }
}

/** Reads every record where a full scan is due, and otherwise what is new; then too every record, where totals were to show that none had vanished and do not. */
async function readAsDue(
  run: StreamRun,
  sync: StreamSync,
): Promise<Pick<StreamOutcome, 'mode' | 'totalsAgreed'> & { readonly feeds: FeedsRead }> {
  const { state, source } = sync;
  const canCount = state.listOrder === 'newest_first' && source.feeds.every((feed) => feed.parents === null || !feed.showsAll);
  const due = scanDue(state, run.startedAt, run.settings.fullScanEveryMs, canCount);
  if (sync.isFull || sync.acceptsAbsences || due === 'now') {
    return { feeds: await readFeeds(run, state, true), mode: 'full', totalsAgreed: false };
  }
  const feeds = await readFeeds(run, state, false);
  if (due === 'not yet' || feeds.main === null || feeds.failure !== null) return { feeds, mode: 'incremental', totalsAgreed: false };
  const listed = await run.recorder.countListed();
  if (listed === feeds.main.firstTotal) return { feeds, mode: 'incremental', totalsAgreed: true };
  run.log.info({ listed, total: feeds.main.firstTotal }, 'the source counts another number of records than are known: reading all of them');
  return { feeds: await readFeeds(run, state, true), mode: 'full', totalsAgreed: false };
}

/** What has vanished: found by a proven scan, and confirmed, also what an earlier one found. */
async function settleAbsences(
  run: StreamRun,
  sync: StreamSync,
  { scan }: FeedsRead,
): Promise<Pick<StreamOutcome, 'hasAbsenceProof' | 'absenceFinding'>> {
  let finding: Error | null | undefined;
  // A scan that was gone on with may have passed what it has not seen before it was cut off.
  if (scan?.isProven === true && !scan.isResumed) {
    finding = await findAbsences(run, scan, sync.acceptsAbsences);
    if (finding !== null) run.tally.firstError ??= finding;
  } else if (sync.state.absenceFinding !== null) {
    const hint = 'Look whether they were deleted; then run: runledger sync --accept-disappearances';
    run.tally.firstError ??= new SourceError('source_mass_absence', sync.state.absenceFinding, { hint });
  }
  await confirmAbsences(run, { left: run.settings.openReads }, sync.acceptsAbsences);
  return {
    hasAbsenceProof: finding === null,
    absenceFinding: finding === undefined ? undefined : (finding?.message ?? null),
  };
}

/** A first scan that a failure cut off. */
function isToBeGoneOnWith(sync: StreamSync, feeds: FeedsRead): boolean {
  return sync.state.lastFullScanAt === null && feeds.failure !== null;
}

/**
 * `unsupported`: the list is not there, the connection works, and the stream was never read. A stream that was once read and now answers so has failed.
 */
async function failureStatus(sync: StreamSync, error: Error, feeds: FeedsRead | null): Promise<SyncStreamStatus> {
  if (!(error instanceof RunledgerError)) return 'failed';
  if (error.code === 'aborted') return 'interrupted';
  if (error.code === 'source_rate_limited') return 'rate_limited';
  const isGone = feeds?.failure?.code === 'source_not_found' && !feeds.wasRead;
  if (!isGone || sync.state.firstReadAt !== null) return 'failed';
  try {
    await sync.api.read(sync.settings.connector.probe.request);
    return 'unsupported';
  } catch (probeError) {
    if (probeError instanceof RunledgerError && probeError.code === 'aborted') return 'interrupted';
    if (probeError instanceof SourceError) return 'failed';
    throw probeError;
  }
}

function streamResult(
  sync: StreamSync,
  tally: Tally,
  { status, error, open, unread, isComplete, mode, hasAbsenceProof }: StreamOutcome,
): SyncStreamResult {
  const { requests, retries } = sync.api.counts;
  return {
    connection: sync.settings.name,
    connector: sync.settings.connector.name,
    stream: sync.stream,
    mode,
    status,
    is_complete: isComplete,
    has_absence_proof: hasAbsenceProof,
    has_drift: tally.hasDrift,
    request_count: requests,
    retry_count: retries,
    page_count: tally.pages,
    observed_count: tally.observed,
    new_count: tally.new,
    changed_count: tally.changed,
    unchanged_count: tally.unchanged,
    stale_count: tally.stale,
    deferred_count: tally.deferred,
    ignored_count: tally.ignored,
    appended_count: tally.appended,
    rejected_count: tally.rejected,
    unread_count: unread,
    open_count: open,
    error: error === null ? null : streamError(error),
  };
}

function streamError(error: Error): SyncStreamResult['error'] {
  if (error instanceof RunledgerError) return { code: error.code, message: error.message, hint: error.hint };
  return { code: 'unexpected', message: error.message, hint: null };
}

function streamEnd(
  sync: StreamSync,
  syncId: bigint,
  tally: Tally,
  outcome: StreamOutcome,
  result: SyncStreamResult,
  startedAt: Instant,
): StreamEnd {
  const { feeds } = outcome;
  return {
    connection: result.connection,
    stream: result.stream,
    syncId,
    status: result.status,
    isComplete: result.is_complete,
    hasDrift: tally.hasDrift,
    counts: {
      requests: result.request_count,
      retries: result.retry_count,
      pages: result.page_count,
      observed: result.observed_count,
      unchanged: result.unchanged_count,
      stale: result.stale_count,
      deferred: result.deferred_count,
      ignored: result.ignored_count,
      appended: result.appended_count,
      rejected: result.rejected_count,
      unread: result.unread_count,
    },
    sourceTotal: feeds?.main?.total ?? null,
    distinctCount: feeds?.scan?.distinctCount ?? null,
    mode: outcome.mode,
    hasAbsenceProof: outcome.hasAbsenceProof,
    clockSkewSeconds: tally.skewMicros === null ? null : Number(tally.skewMicros) / 1e6,
    error: result.error?.message ?? null,
    finishedAt: sync.now(),
    listOrder: feeds?.order ?? null,
    // Lists that were not read to where they should be must be read from the same place again.
    watermark: tally.isUnsettled ? null : (feeds?.watermark ?? null),
    firstReadAt: feeds?.wasRead === true ? startedAt : null,
    fullScanAt: feeds?.scan?.isProven === true && outcome.absenceFinding == null ? feeds.scan.startedAt : null,
    totalsAgreedAt: outcome.totalsAgreed ? startedAt : null,
    absenceFinding: outcome.absenceFinding,
  };
}
