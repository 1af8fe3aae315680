import { addMicros, type Instant } from '../model/instant.ts';
import type { StreamState } from '../record/stream-lease.ts';

/** Whether every record is to be looked at: at once; only where totals do not show that none vanished; or not yet. */
export type ScanDue = 'now' | 'unless totals agree' | 'not yet';

/** So much longer than the interval of full scans may totals stand in for one. */
const LONGEST_BY_TOTALS = 7;

/** A scan that could not be proven is not begun again at the next sync, but after this part of the interval. */
const RETRY_PART = 8;

/**
 * @param canCount whether the source tells a total that can be held against what is known: one list, newest first
 */
export function scanDue(state: StreamState, now: Instant, fullScanEveryMs: number, canCount: boolean): ScanDue {
  const { watermark, absenceFinding } = state;
  // A moment that is yet to come is of a clock that was ahead: nobody knows how long ago it was.
  const past = (at: Instant | null): Instant | null => (at !== null && at > now ? null : at);
  const [lastFullScanAt, lastScanTriedAt] = [past(state.lastFullScanAt), past(state.lastScanTriedAt)];
  const lastTotalsAgreedAt = past(state.lastTotalsAgreedAt);
  if (lastFullScanAt === null && watermark === null) return 'now';
  const ago = (parts: number): Instant => addMicros(now, -BigInt(Math.round(fullScanEveryMs * 1000 * parts)));
  const isTriedLately = lastScanTriedAt !== null && lastScanTriedAt > ago(1 / RETRY_PART);
  if (lastFullScanAt === null || lastFullScanAt <= ago(LONGEST_BY_TOTALS)) return isTriedLately ? 'not yet' : 'now';
  const lastProof = lastTotalsAgreedAt === null || lastTotalsAgreedAt < lastFullScanAt ? lastFullScanAt : lastTotalsAgreedAt;
  // The stream fails until what vanished is back, or a person says that it is gone: the first of the two is looked for sooner than a scan is due.
  if ((lastProof > ago(1) && absenceFinding === null) || isTriedLately) return 'not yet';
  return canCount ? 'unless totals agree' : 'now';
}
