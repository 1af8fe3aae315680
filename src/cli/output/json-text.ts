/** What a terminal could still take for a command although JSON allows it bare in a text. */
const NOT_BARE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * One JSON document, with a line's end. Positions and counts beyond 2^53 are texts, because most readers would round them; all others are
 * numbers. Instants are texts in UTC with microseconds.
 *
 * @param indent 2 for people, 0 for one line a document
 */
export function jsonText(value: unknown, indent: 0 | 2): string {
  return `${withNothingBare(JSON.stringify(value, plainBigints, indent))}\n`;
}

/** The same JSON, safe to write to a terminal: it says what it said. */
export function withNothingBare(json: string): string {
  return json.replaceAll(NOT_BARE, escaped);
}

function plainBigints(_key: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value;
  return value <= BigInt(Number.MAX_SAFE_INTEGER) && value >= BigInt(Number.MIN_SAFE_INTEGER) ? Number(value) : value.toString();
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
