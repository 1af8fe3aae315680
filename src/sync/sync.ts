import { hostname } from 'node:os';
import { pino, type Logger } from 'pino';
import type { Ledger } from '../db/open-ledger.ts';
import { withRetries } from '../db/with-retries.ts';
import { inTransaction } from '../db/transaction.ts';
import type { ConnectionSettings } from '../model/connection.ts';
import { RunledgerError } from '../model/errors.ts';
import type { Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';
import type { PlannedEvent, SyncProgress, SyncResult, SyncStreamResult } from '../model/sync-result.ts';
import { beginSync, finishSync } from '../record/begin-sync.ts';
import { readHead } from '../record/read-head.ts';
import { renewLeases } from '../record/stream-lease.ts';
import { readConnection, upsertConnection, type ConnectionState } from '../record/upsert-connection.ts';
import { VERSION } from '../version.ts';
import { settingsDigest } from './settings-digest.ts';
import { steadyClock } from './steady-clock.ts';
import { syncConnection } from './sync-connection.ts';

export interface SyncOptions {
  readonly connections: readonly ConnectionSettings[];
  /** Left out: all of them. */
  readonly only?: { readonly connections?: readonly string[]; readonly streams?: readonly Stream[] };
  /** Reads every record, whether a full scan is due or not. */
  readonly full?: boolean;
  /** Records disappearances however many they are; reads every record to find them. */
  readonly acceptDisappearances?: boolean;
  /** Tells what it would append, and writes nothing at all. */
  readonly dryRun?: boolean;
  /** Our clock, for evidence; the system's if left out. */
  readonly now?: () => Instant;
  readonly fetch?: typeof globalThis.fetch;
  readonly log?: Logger;
  /** Ends the sync after the batch in hand: its streams are `interrupted`, and what was recorded stays. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: SyncProgress) => void;
  readonly onPlannedEvent?: (event: PlannedEvent) => void;
}

/** Often enough that a lease does not run out between two renewals. */
const RENEW_EVERY_MS = 30_000;

/**
 * One sync: reads what the source systems show now, and appends what has changed to the ledger.
 *
 * A stream that fails is a result (`status`, `error`) and stops no other. It throws only where nothing could be recorded: settings that contradict the ledger
 * (`usage`), or a ledger that fails (`ledger`).
 *
 * @param ledger open for writing, and migrated
 */
export async function sync(ledger: Ledger, options: SyncOptions): Promise<SyncResult> {
  const { log = pino({ level: 'silent' }), dryRun = false } = options;
  const now = steadyClock(options.now);
  const signal = options.signal ?? new AbortController().signal;
  const connections = chosen(options);
  const startedAt = now();
  const { syncId, states } = dryRun
    ? { syncId: null, states: await readConnections(ledger, connections) }
    : await begin(ledger, connections, options.connections, startedAt, log);
  const renewal = syncId === null ? null : keepLeases(ledger, syncId, log);
  try {
    const parts = await Promise.allSettled(
      connections.map((settings) =>
        syncConnection(ledger, {
          settings,
          state: states.get(settings.name) ?? { accountId: null, rateLimitedUntil: null },
          syncId,
          isFull: options.full ?? false,
          acceptsAbsences: options.acceptDisappearances ?? false,
          now,
          log: log.child({ connection: settings.name }),
          signal,
          fetch: options.fetch,
          onProgress: options.onProgress ?? nothing,
          onPlannedEvent: options.onPlannedEvent ?? nothing,
        }),
      ),
    );
    const broken = parts.find((part) => part.status === 'rejected');
    if (broken !== undefined) throw broken.reason;
    const streams = parts.flatMap((part) => (part.status === 'fulfilled' ? part.value : []));
    const status = statusOf(streams);
    const finishedAt = now();
    if (syncId !== null) {
      const error = streams.find((stream) => stream.status === 'failed' || stream.status === 'rate_limited')?.error?.message ?? null;
      await inTransaction(ledger, (trx) => finishSync(trx, syncId, { status, error, finishedAt }), { log });
    }
    return {
      sync_id: syncId,
      started_at: startedAt,
      finished_at: finishedAt,
      status,
      streams,
      head: await withRetries(ledger, readHead, { log }),
    };
  } catch (error) {
    if (syncId !== null) await abandon(ledger, syncId, error, now(), log);
    throw error;
  } finally {
    if (renewal !== null) clearInterval(renewal);
  }
}

/** The settings' connections and streams, less what was not asked for. @throws RunledgerError bad_argument */
function chosen({ connections, only }: SyncOptions): readonly ConnectionSettings[] {
  const names = connections.map((settings) => settings.name);
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  if (twice.length > 0) {
    throw new RunledgerError('bad_settings', `two connections have the name ${twice.join(', ')}`, {
      hint: 'The name is the permanent key of a connection: give each its own.',
    });
  }
  const unknown = only?.connections?.filter((name) => !names.includes(name)) ?? [];
  if (unknown.length > 0) {
    throw new RunledgerError('bad_argument', `there is no connection ${unknown.join(', ')}`, {
      hint: names.length === 0 ? 'No connection is configured.' : `Configured: ${names.join(', ')}.`,
    });
  }
  const asked = connections
    .filter((settings) => only?.connections === undefined || only.connections.length === 0 || only.connections.includes(settings.name))
    .map((settings) => ({
      ...settings,
      streams: [...new Set(settings.streams)].filter(
        (stream) => only?.streams === undefined || only.streams.length === 0 || only.streams.includes(stream),
      ),
    }))
    .filter((settings) => settings.streams.length > 0);
  if (asked.length === 0) {
    throw new RunledgerError('bad_argument', 'there is nothing to sync: no configured connection has a stream that was asked for', {
      hint: 'Configure a connection in runledger.yaml or in the environment, and ask for streams that it has.',
    });
  }
  return asked;
}

async function begin(
  ledger: Ledger,
  connections: readonly ConnectionSettings[],
  configured: readonly ConnectionSettings[],
  startedAt: Instant,
  log: Logger,
): Promise<{ syncId: bigint; states: Map<string, ConnectionState> }> {
  const origin = { runledgerVersion: VERSION, host: hostname(), processId: process.pid, configDigest: settingsDigest(configured) };
  return await inTransaction(
    ledger,
    async (trx) => {
      const states = new Map<string, ConnectionState>();
      for (const settings of connections.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
        states.set(settings.name, await upsertConnection(trx, { ...settings, connector: settings.connector.name }));
      }
      return { syncId: await beginSync(trx, origin, startedAt), states };
    },
    { log },
  );
}

async function readConnections(ledger: Ledger, connections: readonly ConnectionSettings[]): Promise<Map<string, ConnectionState>> {
  const states = new Map<string, ConnectionState>();
  for (const { name } of connections) states.set(name, await readConnection(ledger.db, name));
  return states;
}

/** A renewal that fails is tried again by the next; a lease that runs out meanwhile is found by the next batch. */
function keepLeases(ledger: Ledger, syncId: bigint, log: Logger): NodeJS.Timeout {
  const timer = setInterval(() => {
    inTransaction(ledger, (trx) => renewLeases(trx, syncId), { log }).catch((error: unknown) => {
      log.warn({ err: error }, 'the leases of this sync could not be renewed');
    });
  }, RENEW_EVERY_MS);
  timer.unref();
  return timer;
}

/** Says in the ledger why a sync ended early, if the ledger can still be told: what ended it may be the ledger itself. */
async function abandon(ledger: Ledger, syncId: bigint, cause: unknown, finishedAt: Instant, log: Logger): Promise<void> {
  const error = cause instanceof Error ? cause.message : String(cause);
  try {
    await inTransaction(ledger, (trx) => finishSync(trx, syncId, { status: 'failed', error, finishedAt }), { log });
  } catch (second) {
    log.debug({ err: second }, 'the end of the sync could not be written either');
  }
}

function statusOf(streams: readonly SyncStreamResult[]): SyncResult['status'] {
  if (streams.some((stream) => stream.status === 'interrupted')) return 'interrupted';
  return streams.some((stream) => stream.status === 'failed' || stream.status === 'rate_limited') ? 'failed' : 'succeeded';
}

function nothing(): void {
  // Nobody asked to be told.
}
