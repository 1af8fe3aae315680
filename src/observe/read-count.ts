/** A count, or null where the value is none: a fraction, a text, less than zero, or more than a number holds exactly. */
export function readCount(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
