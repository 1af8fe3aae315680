import { readId } from '../observe/read-id.ts';

/** A field of an item that may be anything. */
export function fieldOf(item: unknown, field: string): unknown {
  return typeof item === 'object' && item !== null ? (item as Record<string, unknown>)[field] : undefined;
}

/** What tells an item of a list from the others, by the field that holds its id. */
export function keyOfField(field: string): (item: unknown) => string | null {
  return (item) => readId(fieldOf(item, field));
}
