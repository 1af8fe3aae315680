/** How a duration is written in settings and options: a number and its unit. */
export const DURATION_EXAMPLES = '500ms, 30s, 5m, 24h or 7d';

const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The longest that a Node timer can wait; a longer one fires at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** @returns milliseconds, or null where the text is no duration: a bare number is none, because its unit would be a guess */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)\s*(ms|s|m|h|d)$/.exec(text.trim());
  const unitMs = UNIT_MS[match?.[2] ?? ''];
  if (match === null || unitMs === undefined) return null;
  const milliseconds = Math.round(Number(match[1]) * unitMs);
  return Number.isSafeInteger(milliseconds) ? milliseconds : null;
}
