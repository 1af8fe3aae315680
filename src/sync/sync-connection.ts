import type { Logger } from 'pino';
import type { Ledger } from '../db/open-ledger.ts';
import { inTransaction } from '../db/transaction.ts';
import { createApi } from '../extract/create-api.ts';
import { createRequestQueue } from '../extract/request-queue.ts';
import type { ConnectionSettings } from '../model/connection.ts';
import type { StreamSource } from '../model/connector.ts';
import { RunledgerError } from '../model/errors.ts';
import type { Stream } from '../model/event.ts';
import { addMicros, microsOf, type Instant } from '../model/instant.ts';
import type { PlannedEvent, SyncProgress, SyncStreamResult } from '../model/sync-result.ts';
import { readStreamState, takeLease, type LeaseResult, type StreamState } from '../record/stream-lease.ts';
import { keepRateLimit, type ConnectionState } from '../record/upsert-connection.ts';
import { createAccountGuard } from './account-guard.ts';
import { isDeadHolder, letGo, newHolder } from './holder.ts';
import { skippedResult } from './skipped-result.ts';
import { syncStream } from './sync-stream.ts';

export interface ConnectionSync {
  readonly settings: ConnectionSettings;
  readonly state: ConnectionState;
  readonly syncId: bigint | null;
  readonly isFull: boolean;
  readonly acceptsAbsences: boolean;
  readonly now: () => Instant;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly fetch: typeof globalThis.fetch | undefined;
  readonly onProgress: (progress: SyncProgress) => void;
  readonly onPlannedEvent: (event: PlannedEvent) => void;
}

/** Syncs the streams of one connection side by side: they share its limits, its account and its rate limit. */
export async function syncConnection(ledger: Ledger, sync: ConnectionSync): Promise<readonly SyncStreamResult[]> {
  const { settings, state, now, log } = sync;
  // Noted by a clock that was ahead, it would be longer than any source can ask for.
  const pausedForMs = state.rateLimitedUntil === null ? 0 : Math.min(DAY_MS, millisUntil(state.rateLimitedUntil, now()));
  const queue = createRequestQueue({ limits: settings.requests, pausedForMs });
  const checkAccount = createAccountGuard(ledger, settings.name, state.accountId, { isDry: sync.syncId === null, log });
  const readHeld = async (stream: Stream, forms: Forms, streamState: StreamState): Promise<SyncStreamResult> => {
    let waitingUntil: Instant | null = null;
    const api = createApi({
      connection: settings,
      queue,
      now,
      log: log.child({ stream }),
      signal: sync.signal,
      onWait: (until) => {
        waitingUntil = until;
      },
      ...(sync.fetch === undefined ? {} : { fetch: sync.fetch }),
    });
    return await syncStream(ledger, {
      settings,
      stream,
      forms,
      api,
      state: streamState,
      isFull: sync.isFull,
      acceptsAbsences: sync.acceptsAbsences,
      syncId: sync.syncId,
      checkAccount,
      now,
      log: log.child({ stream }),
      signal: sync.signal,
      onProgress: sync.onProgress,
      onPlannedEvent: sync.onPlannedEvent,
      waitingUntil: () => waitingUntil,
    });
  };
  const parts = await Promise.allSettled(
    settings.streams.map(async (stream) => {
      const forms = formsOf(settings, stream);
      const holder = newHolder();
      try {
        const lease = await claim(ledger, sync, stream, holder);
        return lease.taken ? await readHeld(stream, forms, lease.state) : skippedResult(settings, stream, lease.holder, sync.isFull);
      } finally {
        letGo(holder);
      }
    }),
  );
  const broken = parts.find((part) => part.status === 'rejected');
  if (broken !== undefined) throw broken.reason;
  if (sync.syncId !== null) await rememberRateLimit(ledger, settings.name, state, queue.pausedForMs(), now(), log);
  return parts.flatMap((part) => (part.status === 'fulfilled' ? [part.value] : []));
}

type Forms = readonly [StreamSource, ...StreamSource[]];

function formsOf(settings: ConnectionSettings, stream: Stream): Forms {
  const forms = settings.connector.streams[stream];
  if (forms !== undefined) return forms;
  throw new RunledgerError(
    'bad_settings',
    `${settings.connector.title} has no stream ${stream}, which connection ${settings.name} asks for`,
    {
      hint: `It has: ${Object.keys(settings.connector.streams).join(', ')}.`,
    },
  );
}

/** A dry run takes no lease: it writes nothing that another sync could trip over. */
async function claim(ledger: Ledger, sync: ConnectionSync, stream: Stream, holder: string): Promise<LeaseResult> {
  const { settings, syncId, log } = sync;
  if (syncId === null) {
    return { taken: true, state: await readStreamState(ledger.db, settings.name, stream) };
  }
  const isEmbedded = ledger.target.kind === 'embedded';
  return await inTransaction(
    ledger,
    (trx) =>
      takeLease(trx, {
        connection: settings.name,
        stream,
        syncId,
        holder,
        mode: sync.isFull ? 'full' : null,
        startedAt: sync.now(),
        isDead: (other) => isDeadHolder(other, isEmbedded),
      }),
    { log },
  );
}

async function rememberRateLimit(
  ledger: Ledger,
  connection: string,
  before: ConnectionState,
  pausedForMs: number,
  at: Instant,
  log: Logger,
): Promise<void> {
  const until = pausedForMs > 0 ? addMicros(at, BigInt(Math.ceil(pausedForMs)) * 1000n) : null;
  if (until === null && before.rateLimitedUntil === null) return;
  await inTransaction(ledger, (trx) => keepRateLimit(trx, connection, until), { log });
}

const DAY_MS = 86_400_000;

function millisUntil(until: Instant, now: Instant): number {
  return Math.max(0, Number((microsOf(until) - microsOf(now)) / 1000n));
}
