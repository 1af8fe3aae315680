/** How a number of bytes is written in settings: with its unit, or bare. */
export const SIZE_EXAMPLES = '8MiB, 512KiB or 8388608';

const UNIT_BYTES: Record<string, number> = { '': 1, KiB: 1_024, MiB: 1_048_576 };

/** @returns bytes, or null where the text is no size: MB is none, because some mean a million by it and some do not */
export function parseByteSize(text: string): number | null {
  const match = /^(\d{1,12}(?:\.\d{1,3})?)\s*(KiB|MiB|)$/.exec(text.trim());
  const unitBytes = UNIT_BYTES[match?.[2] ?? 'none'];
  if (match === null || unitBytes === undefined) return null;
  const bytes = Number(match[1]) * unitBytes;
  return Number.isSafeInteger(bytes) ? bytes : null;
}
