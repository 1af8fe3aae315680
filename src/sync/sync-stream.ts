import type { Logger } from 'pino';
import type { Ledger } from '../db/open-ledger.ts';
import { inTransaction } from '../db/transaction.ts';
import type { CountedApi } from '../extract/create-api.ts';
import { certainSkewMicros } from '../model/clock-offset.ts';
import type { ConnectionSettings } from '../model/connection.ts';
import type { StreamSource } from '../model/connector.ts';
import { RunledgerError } from '../model/errors.ts';
import type { Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';
import type { PlannedEvent, SyncProgress, SyncStreamResult } from '../model/sync-result.ts';
import { finishStream, type StreamEnd } from '../record/finish-stream.ts';
import type { BatchTarget } from './batch.ts';
import { createDryRecorder } from './dry-recorder.ts';
import { createLedgerRecorder } from './ledger-recorder.ts';
import { progressOf } from './progress-of.ts';
import { NO_OUTCOME, readStream, type StreamOutcome, type StreamTask } from './read-stream.ts';
import { createStreamForm } from './stream-form.ts';
import { newTally, nothingSeen, type StreamRun, type Tally } from './stream-run.ts';

export interface StreamSync extends StreamTask {
  readonly settings: ConnectionSettings;
  readonly stream: Stream;
  readonly forms: readonly [StreamSource, ...StreamSource[]];
  readonly api: CountedApi;
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

/**
 * One sync of one stream: what is new or changed, then everything open that the lists did not show, then what was in doubt, then details. Its lease
 * has been taken; whatever happens it is given back and the outcome is written down, unless the ledger itself fails.
 */
export async function syncStream(ledger: Ledger, sync: StreamSync): Promise<SyncStreamResult> {
  const startedAt = sync.now();
  const { settings, stream, log, state } = sync;
  const form = createStreamForm(
    sync.forms,
    { generation: state.generation, since: state.generationSince },
    {
      log,
      onFound: async (generation, since) => {
        await recorder.noteGeneration(generation, since);
      },
    },
  );
  const target: BatchTarget = {
    connection: settings.name,
    stream,
    syncId: sync.syncId ?? 0n,
    get kind() {
      return form.source.kind;
    },
    get wordsSince() {
      return form.since;
    },
    isDetailWanted: (record) => form.source.detail?.isWanted(record) ?? false,
    get isDetailShownById() {
      return form.source.detail?.isShownById ?? false;
    },
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
    form,
    get source() {
      return form.source;
    },
    api: sync.api,
    recorder,
    startedAt,
    isAccepting: sync.acceptsAbsences,
    signal: sync.signal,
    now: sync.now,
    log,
    tally,
    seen: nothingSeen(),
    pageFits: new Map(),
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

function streamResult(
  sync: StreamSync,
  tally: Tally,
  { status, error, open, unread, incompleteBecause, hasAbsenceProof }: StreamOutcome,
): SyncStreamResult {
  const { requests, retries } = sync.api.counts;
  return {
    connection: sync.settings.name,
    connector: sync.settings.connector.name,
    stream: sync.stream,
    mode: tally.isFullScan ? 'full' : 'incremental',
    status,
    is_complete: status === 'succeeded' && incompleteBecause.length === 0,
    incomplete_because: incompleteBecause,
    has_absence_proof: hasAbsenceProof,
    has_drift: tally.hasDrift,
    request_count: requests,
    retry_count: retries,
    page_count: tally.pages,
    observed_count: tally.observed,
    new_count: tally.new,
    changed_count: tally.changed,
    disappeared_count: tally.disappeared,
    unchanged_count: tally.unchanged,
    stale_count: tally.stale,
    deferred_count: tally.deferred,
    ignored_count: tally.ignored,
    appended_count: tally.appended,
    rejected_count: tally.rejected,
    unread_count: unread,
    open_count: open,
    clock_skew_seconds: tally.clock === null ? null : Number(certainSkewMicros(tally.clock)) / 1e6,
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
    mode: result.mode,
    hasAbsenceProof: outcome.hasAbsenceProof,
    clockSkewSeconds: result.clock_skew_seconds,
    error: result.error?.message ?? null,
    finishedAt: sync.now(),
    listOrder: feeds?.order ?? null,
    watermark: feeds?.watermark ?? null,
    clock: tally.clock,
    firstReadAt: feeds?.wasRead === true ? startedAt : null,
    // A proven scan of which no absence was judged leaves the past open: what it did not see may be gone since before it.
    fullScanAt:
      outcome.hasAbsenceProof || (feeds?.scan?.isProven === true && feeds.scan.isResumed) ? (feeds?.scan?.startedAt ?? null) : null,
    totalsAgreedAt: outcome.totalsAgreed ? startedAt : null,
    absenceFinding: outcome.absenceFinding,
  };
}
