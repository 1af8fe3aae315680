import { expect } from 'vitest';
import type { SyncResult } from '../../src/model/sync-result.ts';

const HOUR_MS = 3_600_000;

/** Busy, with people in the way, tried again and cleaned up after a while. */
export const BUSY_RATES = {
  stopShare: 0.1,
  waitingShare: 0.15,
  medianWaitMs: HOUR_MS,
  medianRunMs: 300_000,
  deletionShare: 0.05,
  medianKeptMs: 6 * HOUR_MS,
  documentFailureShare: 0.3,
  documentRetryShare: 0.6,
  documentRetrainShare: 0.3,
  documentEditShare: 0.2,
  documentDeletionShare: 0.05,
  medianUploadedMs: 300_000,
  medianTrainingMs: 600_000,
  medianRetryMs: HOUR_MS,
  medianSettledMs: 3 * HOUR_MS,
};

/** What a sync of the story meets. */
export type Round = 'nothing' | 'another sync' | 'a fault' | 'a signal';
export const ROUNDS: readonly [Round, ...Round[]] = ['nothing', 'nothing', 'another sync', 'a fault', 'a signal'];

/** Whose requests are refused, and about how many of them; how many were; what ends the sync somewhere. */
export interface Fault<Victim> {
  victim: Victim | null;
  share: number;
  count: number;
  signal: AbortController | null;
}

export function noFault<Victim>(): Fault<Victim> {
  return { victim: null, share: 0, count: 0, signal: null };
}

type Sync = (request?: { readonly signal?: AbortSignal }) => Promise<SyncResult>;

/** Between the two of them every stream is read, and none fails by the other. @param streams `connection stream`, all that there are */
export async function syncMeetingAnother(sync: Sync, streams: readonly string[]): Promise<void> {
  const [one, other] = await Promise.all([sync(), sync()]);
  const read = [...one.streams, ...other.streams].filter(({ status }) => status !== 'skipped');
  expect(read.map(({ status, error }) => ({ status, error }))).toEqual(read.map(() => ({ status: 'succeeded', error: null })));
  expect(new Set(read.map(({ connection, stream }) => `${connection} ${stream}`))).toEqual(new Set(streams));
}

/** A signal ends a sync, and fails nothing. */
export async function syncMeetingSignal(sync: Sync, fault: Fault<unknown>): Promise<void> {
  fault.signal = new AbortController();
  const { streams } = await sync({ signal: fault.signal.signal });
  for (const { status } of streams) expect(['succeeded', 'interrupted']).toContain(status);
  fault.signal = null;
}
