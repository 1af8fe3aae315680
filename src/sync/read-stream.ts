import type { ListFeed } from '../model/connector.ts';
import { RunledgerError, SourceError } from '../model/errors.ts';
import type { IncompleteReason, SyncStreamStatus } from '../model/sync-result.ts';
import { confirmAbsences } from './confirm-absences.ts';
import { findAbsences } from './find-absences.ts';
import { readDetails } from './read-details.ts';
import type { FeedsRead } from './what-feeds-showed.ts';
import { readFeeds } from './read-feeds.ts';
import { showsChanges } from './read-main.ts';
import { readDoubted, readOpen } from './read-open.ts';
import { scanDue } from './scan-due.ts';
import type { StreamState } from '../record/stream-lease.ts';
import type { StreamRun } from './stream-run.ts';

/** What is asked of a sync of one stream. */
export interface StreamTask {
  readonly state: StreamState;
  /** A full scan is asked for, due or not. */
  readonly isFull: boolean;
  /** Absences are recorded however many they are. */
  readonly acceptsAbsences: boolean;
}

/** What reading a stream came to. */
export interface StreamOutcome {
  readonly status: SyncStreamStatus;
  readonly error: Error | null;
  readonly feeds: FeedsRead | null;
  readonly open: number;
  readonly unread: number;
  /** Why it is not known to be read completely; empty where it is, and where it failed. */
  readonly incompleteBecause: readonly IncompleteReason[];
  readonly hasAbsenceProof: boolean;
  readonly totalsAgreed: boolean;
  /** undefined: nothing new is known of it */
  readonly absenceFinding: string | null | undefined;
}

export const NO_OUTCOME: Omit<StreamOutcome, 'status' | 'error'> = {
  feeds: null,
  open: 0,
  unread: 0,
  incompleteBecause: [],
  hasAbsenceProof: false,
  totalsAgreed: false,
  absenceFinding: undefined,
};

/** Reads what is new, what is open, what is in doubt and what has vanished. What fails at the source is an outcome; what fails in the ledger is thrown. */
export async function readStream(run: StreamRun, task: StreamTask): Promise<StreamOutcome> {
  const parts = await readParts(run, task);
  const { feeds, error } = parts;
  const { open, unread } = await run.recorder.countOpen();
  const found = { ...NO_OUTCOME, ...parts, open, unread };
  if (error !== null) return { ...found, status: await failureStatus(run, task, error, feeds) };
  return { ...found, status: 'succeeded', incompleteBecause: await reasonsOf(run, task, feeds, unread) };
}

async function reasonsOf(run: StreamRun, task: StreamTask, feeds: FeedsRead | null, unread: number): Promise<readonly IncompleteReason[]> {
  const doubted = await run.recorder.requestedReads('confirm', 1);
  const scan = feeds?.scan ?? null;
  const reasons: Record<IncompleteReason, boolean> = {
    unsettled: run.tally.isUnsettled,
    unread: unread > 0,
    in_doubt: doubted.length > 0,
    scan_not_proven: scan !== null && !scan.isProven,
    // Until one scan has seen every record, something may be missing that no later sync looks for.
    never_scanned: scan === null && task.state.lastFullScanAt === null,
  };
  return (Object.keys(reasons) as IncompleteReason[]).filter((reason) => reasons[reason]);
}

type Parts = Pick<StreamOutcome, 'feeds' | 'hasAbsenceProof' | 'totalsAgreed' | 'absenceFinding' | 'error'>;

async function readParts(run: StreamRun, task: StreamTask): Promise<Parts> {
  let parts: Parts = { ...NO_OUTCOME, error: null };
  try {
    const { feeds, totalsAgreed } = await readAsDue(run, task);
    parts = { ...parts, feeds, totalsAgreed };
    const budget = { left: run.settings.openReads };
    await readOpen(run, feeds, budget);
    await readDoubted(run, budget);
    // What is proven stands, whatever becomes of the reads that confirm it.
    const judged = await judgeAbsences(run, task, feeds, totalsAgreed);
    parts = { ...parts, ...judged };
    // What the scan saw is lost: it proves nothing.
    if (feeds.scan?.isProven === true && !feeds.scan.isResumed && !judged.hasAbsenceProof && judged.absenceFinding === undefined) {
      parts = { ...parts, feeds: { ...feeds, scan: { ...feeds.scan, isProven: false } } };
    }
    await confirmAbsences(run, { left: run.settings.openReads }, task.acceptsAbsences);
    await readDetails(run, budget);
    if (run.tally.isFullScan && !isToBeGoneOnWith(task, feeds)) await run.recorder.endScans();
    return { ...parts, error: run.tally.firstError };
  } catch (error) {
    // What the ledger or a bug throws ends the whole sync; what the source or a signal does ends the stream.
    if (error instanceof SourceError || (error instanceof RunledgerError && error.code === 'aborted')) return { ...parts, error };
    throw error;
  }
}

/** Reads every record where a full scan is due, and otherwise what is new; then too every record, where totals were to show that none had vanished and do not. */
async function readAsDue(run: StreamRun, task: StreamTask): Promise<Pick<StreamOutcome, 'totalsAgreed'> & { readonly feeds: FeedsRead }> {
  const { state } = task;
  const canCount = state.listOrder === 'newest_first' && run.source.feeds.every((feed) => !feed.showsAll || isCountable(run, feed));
  const due = scanDue(state, run.startedAt, run.settings.fullScanEveryMs, canCount);
  if (task.isFull || task.acceptsAbsences || due === 'now') {
    return { feeds: await readFeeds(run, state, { isScan: true, isTotalWanted: false }), totalsAgreed: false };
  }
  const feeds = await readFeeds(run, state, { isScan: false, isTotalWanted: due === 'unless totals agree' });
  if (due === 'not yet' || feeds.main === null || feeds.failure !== null) return { feeds, totalsAgreed: false };
  const listed = await run.recorder.countListed();
  if (listed === feeds.main.firstTotal) return { feeds, totalsAgreed: true };
  run.log.info({ listed, total: feeds.main.firstTotal }, 'the source counts another number of records than are known: reading all of them');
  return { feeds: await readFeeds(run, state, { isScan: true, isTotalWanted: false }), totalsAgreed: false };
}

/** Whether its total, where it is the number of known records, shows that none has vanished, and its front that none has changed. */
function isCountable(run: StreamRun, feed: ListFeed): boolean {
  return feed.parents === null && feed.lists(null).every((list) => showsChanges(run.source.kind, feed, list));
}

/** What a proven scan shows to have vanished, and whether that may be told. */
async function judgeAbsences(
  run: StreamRun,
  task: StreamTask,
  { scan }: FeedsRead,
  totalsAgreed: boolean,
): Promise<Pick<StreamOutcome, 'hasAbsenceProof' | 'absenceFinding'>> {
  let finding: Error | null | undefined;
  // A scan that was gone on with may have passed what it has not seen before it was cut off.
  if (scan?.isProven === true && !scan.isResumed) {
    finding = await findAbsences(run, scan, { isAccepted: task.acceptsAbsences, hasFinding: task.state.absenceFinding !== null });
    if (finding != null) run.tally.firstError ??= finding;
  }
  if (finding === undefined && task.state.absenceFinding !== null && !totalsAgreed) {
    const hint = 'Look whether they were deleted; then run: runledger sync --accept-disappearances';
    run.tally.firstError ??= new SourceError('source_mass_absence', task.state.absenceFinding, { hint });
  }
  return {
    hasAbsenceProof: finding === null,
    // Where totals agree, whatever had vanished is there again.
    absenceFinding: finding === undefined && !totalsAgreed ? undefined : (finding?.message ?? null),
  };
}

/** A first scan that a failure cut off. */
function isToBeGoneOnWith(task: StreamTask, feeds: FeedsRead): boolean {
  return task.state.lastFullScanAt === null && task.state.watermark === null && feeds.failure !== null;
}

/**
 * `unsupported`: the list is not there, the connection works, and the stream was never read. A stream that was once read and now answers so has failed.
 */
async function failureStatus(run: StreamRun, task: StreamTask, error: Error, feeds: FeedsRead | null): Promise<SyncStreamStatus> {
  if (!(error instanceof RunledgerError)) return 'failed';
  if (error.code === 'aborted') return 'interrupted';
  if (error.code === 'source_rate_limited') return 'rate_limited';
  const isGone = feeds?.failure?.code === 'source_not_found' && !feeds.wasRead;
  if (!isGone || task.state.firstReadAt !== null) return 'failed';
  try {
    await run.api.read(run.settings.connector.probe.request);
    return 'unsupported';
  } catch (probeError) {
    if (probeError instanceof RunledgerError && probeError.code === 'aborted') return 'interrupted';
    if (probeError instanceof SourceError) return 'failed';
    throw probeError;
  }
}
