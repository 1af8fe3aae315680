import { addMicros, microsOf, type Instant } from './instant.ts';

/** By how much a source's clock is ahead of ours, in microseconds: no less and no more. Negative: behind. */
export interface ClockOffset {
  readonly leastMicros: bigint;
  readonly mostMicros: bigint;
}

/** What an answer shows of two clocks: ours when its request left and when it had arrived, and the server's in between. */
export interface ClockReading {
  readonly sentAt: Instant;
  readonly receivedAt: Instant;
  /** null: the server named no time */
  readonly serverDate: Instant | null;
}

const SECOND = 1_000_000n;

/**
 * A Date is cut to whole seconds (RFC 9110, 6.6.1): the server's clock was somewhere in [Date, Date + 1 s) at some moment between `sentAt` and
 * `receivedAt`.
 *
 * @returns null without a Date
 */
export function clockOffset({ sentAt, receivedAt, serverDate }: ClockReading): ClockOffset | null {
  if (serverDate === null) return null;
  return {
    leastMicros: microsOf(serverDate) - microsOf(receivedAt),
    mostMicros: microsOf(addMicros(serverDate, SECOND)) - microsOf(sentAt),
  };
}

/** What both bounds allow; null where they contradict each other, because one of the clocks was set between them. */
export function narrowed(one: ClockOffset, other: ClockOffset): ClockOffset | null {
  const leastMicros = one.leastMicros > other.leastMicros ? one.leastMicros : other.leastMicros;
  const mostMicros = one.mostMicros < other.mostMicros ? one.mostMicros : other.mostMicros;
  return leastMicros > mostMicros ? null : { leastMicros, mostMicros };
}

/** By how much the clocks differ at least, the source's ahead where positive; 0 where they may be alike. */
export function certainSkewMicros({ leastMicros, mostMicros }: ClockOffset): bigint {
  if (leastMicros > 0n) return leastMicros;
  return mostMicros < 0n ? mostMicros : 0n;
}
