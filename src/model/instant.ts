/**
 * An instant in UTC with microseconds: `YYYY-MM-DDTHH:MM:SS.ffffffZ`, years 0001 to 9999.
 *
 * A fixed-width text and not a `Date`, because the source systems send microseconds and a `Date` cuts them; not a number,
 * because microseconds since 1970 leave the safe integers in 2255. Instants compare with `<` and equal with `===`.
 */
export type Instant = string & { readonly __brand: 'Instant' };

const TIME = /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?\s*(Z|z|[+-]\d{2}(?::?\d{2})?)?$/;
const MICROS_PER_SECOND = 1_000_000n;
const EPOCH = '1970-01-01T00:00:00.000000Z';
const LAST_MILLIS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * Reads an ISO 8601 date and time as the source systems write them: `T` or a blank between date and time, no fraction or one of any length
 * (truncated to microseconds, never rounded), with a zone or without one (then UTC).
 *
 * @returns null where the text is no such time, or lies at or before 1970-01-01 or after 9999: placeholders of a source, not moments.
 */
export function parseInstant(text: string): Instant | null {
  const match = TIME.exec(text.trim());
  if (match === null) return null;
  const [, year = '', month = '', day = '', hour = '', minute = '', second = '00', fraction = '', zone = 'Z'] = match;
  const offsetMinutes = zoneOffsetMinutes(zone);
  if (offsetMinutes === null) return null;
  const asWritten = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const millis = Date.parse(`${asWritten}Z`);
  // Date.parse carries 30 February over to March: only a time that reads back the same was one.
  if (Number.isNaN(millis) || isoSeconds(millis) !== asWritten) return null;
  const seconds = offsetMinutes === 0 ? asWritten : isoSeconds(millis - offsetMinutes * 60_000);
  if (seconds === null) return null;
  const instant = `${seconds}.${fraction.slice(0, 6).padEnd(6, '0')}Z` as Instant;
  return instant > EPOCH ? instant : null;
}

/** @param millis milliseconds since 1970, as `Date.now()` gives them */
export function instantFromMillis(millis: number): Instant {
  return instantFromMicros(BigInt(Math.trunc(millis)) * 1000n);
}

/** @param micros microseconds since 1970 */
export function instantFromMicros(micros: bigint): Instant {
  let seconds = micros / MICROS_PER_SECOND;
  let rest = micros % MICROS_PER_SECOND;
  if (rest < 0n) {
    rest += MICROS_PER_SECOND;
    seconds -= 1n;
  }
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${rest.toString().padStart(6, '0')}Z` as Instant;
}

/** @returns microseconds since 1970 */
export function microsOf(instant: Instant): bigint {
  return BigInt(Date.parse(`${instant.slice(0, 19)}Z`)) * 1000n + BigInt(instant.slice(20, 26));
}

/** @param micros may be negative */
export function addMicros(instant: Instant, micros: bigint): Instant {
  return micros === 0n ? instant : instantFromMicros(microsOf(instant) + micros);
}

export function earlier(a: Instant, b: Instant): Instant {
  return a <= b ? a : b;
}

export function later(a: Instant, b: Instant): Instant {
  return a >= b ? a : b;
}

/** `YYYY-MM-DDTHH:MM:SS`, null outside the years that have four digits */
function isoSeconds(millis: number): string | null {
  return millis < 0 || millis > LAST_MILLIS ? null : new Date(millis).toISOString().slice(0, 19);
}

function zoneOffsetMinutes(zone: string): number | null {
  if (zone === 'Z' || zone === 'z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || '0');
  if (hours > 23 || minutes > 59) return null;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
