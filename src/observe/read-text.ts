/** Characters of a name: longer ones are content that got into a name's place. */
export const MAX_TEXT_LENGTH = 1_000;

/** Characters that the ledger keeps of a source's status word. */
export const MAX_STATUS_LENGTH = 200;

/** A name or word of the source, ready to store, or null where there is none. */
export function readText(value: unknown, maxLength: number = MAX_TEXT_LENGTH): string | null {
  return typeof value === 'string' && value !== '' ? storableText(cutText(value, maxLength)) : null;
}

/**
 * The text as Postgres can store it: `\u0000` becomes visible as these six characters, half of a surrogate pair becomes U+FFFD. Terminal
 * escapes stay: they are what the source said, and it is for the one who prints to show them safely.
 */
export function storableText(text: string): string {
  const visible = text.includes('\u0000') ? text.replaceAll('\u0000', '\\u0000') : text;
  return visible.isWellFormed() ? visible : visible.toWellFormed();
}

/** The first characters of a text, counted as Postgres counts them: a pair of surrogates is one, and is never torn. */
export function cutText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  // Joined anew and not sliced: a slice would keep the whole long text alive for as long as its beginning is used.
  return Array.from(text.slice(0, maxLength * 2))
    .slice(0, maxLength)
    .join('');
}
