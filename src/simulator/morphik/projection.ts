import type { WholeDocument } from './document-form.ts';

/**
 * A document reduced to the fields that were asked for, and its id. Names that nothing answers to are dropped without a word.
 *
 * Some of what stands in `system_metadata` has a bare name too, for which the server does not read the whole of it: such a field comes nested all
 * the same, as a text whatever it holds, and as null where there is nothing. By their dotted names fields come as they are, or not at all.
 *
 * @param fields every field where there is none
 */
export function projected(whole: WholeDocument, fields: readonly string[], knowsBareNames: boolean): object {
  const names = fields.map((field) => field.trim()).filter((field) => field !== '');
  if (names.length === 0) return whole;
  const row: Row = { external_id: whole.external_id };
  const bare = names.filter((name) => BARE_NAMES.includes(name));
  if (knowsBareNames && bare.length > 0) {
    row['system_metadata'] = Object.fromEntries(bare.map((name) => [name, textOf(whole.system_metadata[name])]));
  }
  for (const name of names) if (!bare.includes(name)) copy(whole, row, name.split('.'));
  return row;
}

/** `version` is a name that it knows, though no document here has any. */
const BARE_NAMES: readonly string[] = ['status', 'error', 'created_at', 'updated_at', 'progress', 'version'];

type Row = Record<string, unknown>;

function copy(from: unknown, to: Row, [name, ...rest]: readonly string[]): void {
  if (name === undefined || !isRow(from) || !Object.hasOwn(from, name)) return;
  if (rest.length === 0) {
    to[name] = from[name];
    return;
  }
  const known = to[name];
  const inner: Row = isRow(known) ? known : {};
  copy(from[name], inner, rest);
  if (Object.keys(inner).length > 0) to[name] = inner;
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string' ? value : JSON.stringify(value);
}
