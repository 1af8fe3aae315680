/**
 * Texts by which the items of a page are told from each other, made without knowing the source.
 *
 * An item's own values that are neither lists nor objects are enough where they differ from item to item, as they do wherever an id is
 * among them. Where they do not, or where a page is too short to show it, the first few values of what the items hold are taken too,
 * level by level. Long texts are cut: an item can be megabytes.
 */
export function itemKeys(items: readonly unknown[]): readonly string[] {
  if (items.length >= ENOUGH_TO_TELL) {
    const keys = items.map(ownKey);
    if (new Set(keys).size === keys.length) return keys;
  }
  return items.map(deepKey);
}

const ENOUGH_TO_TELL = 10;
const LONGEST_VALUE = 100;

function ownKey(item: unknown): string {
  if (!isContainer(item)) return textOf(item);
  let key = '';
  for (const value of Object.values(item)) if (!isContainer(value)) key += `${textOf(value)}\n`;
  return key;
}

const DEEPEST = 3;
const MOST_VALUES = 40;
const WIDEST = 100;

function deepKey(item: unknown): string {
  const found: string[] = [];
  let level: readonly unknown[] = [item];
  for (let depth = 0; depth <= DEEPEST && level.length > 0 && found.length < MOST_VALUES; depth += 1) {
    const deeper: unknown[] = [];
    for (const value of level) {
      if (!isContainer(value)) found.push(textOf(value));
      else if (deeper.length < WIDEST) deeper.push(...Object.values(value).slice(0, WIDEST));
    }
    level = deeper;
  }
  return found.join('\n');
}

function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function textOf(value: unknown): string {
  return String(value).slice(0, LONGEST_VALUE);
}
