import { instantFromMillis, type Instant } from '../model/instant.ts';

/** The one form of date that HTTP/1.1 senders may write, always in GMT and in whole seconds. */
const HTTP_DATE =
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** @returns null where there is no date, or none that is written as HTTP says */
export function parseHttpDate(text: string | null): Instant | null {
  const millis = httpDateMillis(text);
  return millis === null ? null : instantFromMillis(millis);
}

/**
 * How long a `Retry-After` header asks to wait: seconds, or a date. A date is measured from the same answer's `Date`, the clock that it was
 * written by: ours may be minutes off.
 *
 * @param nowMillis our clock, for an answer without a Date
 * @returns milliseconds, null where there is no such header or it says neither
 */
export function retryAfterMs(headers: Headers, nowMillis: number): number | null {
  const text = headers.get('retry-after')?.trim() ?? '';
  if (/^\d+(?:\.\d+)?$/.test(text)) return Math.min(LONGEST_WAIT_MS, Number(text) * 1000);
  const until = httpDateMillis(text);
  if (until === null) return null;
  return Math.min(LONGEST_WAIT_MS, Math.max(0, until - (httpDateMillis(headers.get('date')) ?? nowMillis)));
}

/** A wait is stored and kept by later syncs: one of a hundred years, by mistake, must not lock a connection out for more than a day. */
const LONGEST_WAIT_MS = 24 * 3_600_000;

function httpDateMillis(text: string | null): number | null {
  if (text === null || !HTTP_DATE.test(text)) return null;
  const millis = Date.parse(text);
  return Number.isFinite(millis) ? millis : null;
}
