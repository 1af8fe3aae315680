/** What a JSON value is, in a few words and without its content: `an object with items: object, total: number`. */
export function describeShape(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value !== 'object') return typeof value;
  const entries = Object.entries(value);
  if (entries.length === 0) return 'an empty object';
  const shown = entries.slice(0, MOST_KEYS).map(([key, field]) => `${key.slice(0, LONGEST_KEY)}: ${typeName(field)}`);
  return `an object with ${shown.join(', ')}${entries.length > MOST_KEYS ? ', …' : ''}`;
}

const MOST_KEYS = 10;
const LONGEST_KEY = 40;

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'list' : typeof value;
}
