import type { Instant } from '../../src/model/instant.ts';
import { addMicros } from '../../src/model/instant.ts';

export const START = '2026-01-15T08:00:00.000000Z' as Instant;

export function afterStart(ms: number): Instant {
  return addMicros(START, BigInt(Math.round(ms * 1000)));
}
