import { addMicros, type Instant } from '../model/instant.ts';
import type { StreamRun } from './stream-run.ts';

/** How far behind what it has read a sync looks again, in microseconds. */
export function overlapMicros({ settings }: Pick<StreamRun, 'settings'>): bigint {
  return BigInt(Math.round(settings.overlapMs)) * 1000n;
}

export function overlapped(run: Pick<StreamRun, 'settings'>, moment: Instant): Instant {
  return addMicros(moment, -overlapMicros(run));
}
