import { addMicros, type Instant } from '../../../src/model/instant.ts';
import type { ResponseEvidence } from '../../../src/model/observation.ts';
import { RESPONSE } from '../../observe/evidence.ts';

/** A minute of the story that a test tells. */
export function at(minute: number): Instant {
  return addMicros(RESPONSE.sentAt, BigInt(minute) * 60_000_000n);
}

/** An answer that was asked for in that minute, and came at once. */
export function answeredAt(minute: number): ResponseEvidence {
  return { ...RESPONSE, sentAt: at(minute), receivedAt: addMicros(at(minute), 250_000n) };
}
