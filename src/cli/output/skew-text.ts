import { formatSeconds } from './format.ts';

/** As `has_clock_skew` of the view `sync_health`. */
const MOST_SECONDS = 5;

/** @returns what is wrong with two clocks; null where they differ by less than matters, or where the source tells no time */
export function skewText(seconds: number | null): string | null {
  if (seconds === null || Math.abs(seconds) <= MOST_SECONDS) return null;
  const side = seconds > 0 ? 'ahead of' : 'behind';
  return `the source's clock is ${formatSeconds(Math.abs(seconds))} ${side} ours; times that it reports are by its own, all others by ours`;
}
