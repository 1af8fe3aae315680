import type { Instant } from '../../model/instant.ts';

const COUNTS = new Intl.NumberFormat('en-US');
const SHARES = new Intl.NumberFormat('en-US', { style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** What stands where nothing is known. */
export const UNKNOWN = '–';

/** `4,301` */
export function formatCount(count: number | bigint | null): string {
  return count === null ? UNKNOWN : COUNTS.format(count);
}

/** `1 event`, `4,301 events` */
export function formatNumberOf(count: number | bigint, thing: string): string {
  return `${COUNTS.format(count)} ${thing}${BigInt(count) === 1n ? '' : 's'}`;
}

/** `12.5%`, of a share from 0 to 1 */
export function formatShare(share: number | null): string {
  return share === null ? UNKNOWN : SHARES.format(share);
}

/** Two units at the most: `250 ms`, `3.2 s`, `5 m 20 s`, `2 h 5 m`, `90 d` */
export function formatSeconds(seconds: number | null): string {
  if (seconds === null) return UNKNOWN;
  if (seconds < 0) return `-${formatSeconds(-seconds)}`;
  if (seconds === 0) return '0 s';
  if (seconds < 0.9995) return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return twoUnits(whole, 60, 'm', 1, 's');
  if (Math.round(whole / 60) < 24 * 60) return twoUnits(Math.round(whole / 60) * 60, 3_600, 'h', 60, 'm');
  const hours = Math.round(whole / 3_600);
  return hours >= 10 * 24 ? `${COUNTS.format(Math.round(hours / 24))} d` : twoUnits(hours * 3_600, 86_400, 'd', 3_600, 'h');
}

/** ISO 8601 in UTC to the second, for tables: `2025-11-03T12:00:05Z` */
export function formatTime(instant: Instant | null): string {
  return instant === null ? UNKNOWN : `${instant.slice(0, 19)}Z`;
}

/** ISO 8601 in UTC with as much of a second as there is: `2025-11-03T12:00:05.25Z` */
export function formatExactTime(instant: Instant | null): string {
  return instant === null ? UNKNOWN : instant.replace(/\.?0*Z$/, 'Z');
}

function twoUnits(seconds: number, big: number, bigUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((seconds % big) / small);
  return `${COUNTS.format(Math.floor(seconds / big))} ${bigUnit}${rest === 0 ? '' : ` ${rest} ${smallUnit}`}`;
}
