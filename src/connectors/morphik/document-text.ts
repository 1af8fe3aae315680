import { fieldOf } from '../item-field.ts';

/** A document's row without its text, which stands in the row where a server knows no `fields`. It is never kept, whatever else is. */
export function withoutText(row: unknown): unknown {
  const metadata = fieldOf(row, 'system_metadata');
  if (typeof metadata !== 'object' || metadata === null || !Object.hasOwn(metadata, TEXT)) return row;
  const others = Object.entries(metadata).filter(([key]) => key !== TEXT);
  return { ...(row as object), system_metadata: Object.fromEntries(others) };
}

const TEXT = 'content';
