import type { Payloads } from '../model/connector.ts';
import type { JsonValue } from '../model/observation.ts';
import { isDeeperThan, jsonEvidence, MAX_DEPTH, MAX_JSON_LENGTH, storableJson } from './json-evidence.ts';
import { cutText, MAX_TEXT_LENGTH, storableText } from './read-text.ts';

/**
 * What of an item is kept under `redacted`: only what is named here. A list of what to drop would let through whatever a source adds
 * tomorrow, and what it adds may be a prompt or a presigned URL.
 *
 * `value`: a text, number, boolean or null. `values`: a list of those. An object: these keys of an object, or of each object in a list;
 * its key `UUIDS` stands for every key that is a UUID. A value of any other form than the one named is dropped.
 */
export type Kept = 'value' | 'values' | { readonly [key: string]: Kept };

export const UUIDS = '{uuid}';

/** The item as it is stored with its events. */
export function redactBody(item: unknown, payloads: Payloads, kept: Kept): JsonValue | null {
  switch (payloads) {
    case 'none':
      return null;
    case 'full':
      return fullBody(item);
    case 'redacted':
      // Walks the names and not the item: a megabyte of definition costs nothing.
      return keep(item, kept) ?? null;
  }
}

/** In JSON as JavaScript writes it: what `storableText` changes, and perhaps a text that looks like it. */
const UNSTORABLE = /\\u(?:0000|d[89a-f])/;

const MAX_ENTRIES = 1_000;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function fullBody(item: unknown): JsonValue {
  const isTooDeep = isDeeperThan(item, MAX_DEPTH);
  const text = isTooDeep ? null : JSON.stringify(item ?? null);
  // Nearly every item is kept as it is: a copy of it would take as much memory again.
  if (text !== null && text.length <= MAX_JSON_LENGTH) return UNSTORABLE.test(text) ? storableJson(item) : ((item ?? null) as JsonValue);
  const { length, digest } = jsonEvidence(item);
  return { omitted: isTooDeep ? 'too deep' : 'too large', length, digest };
}

/** @returns undefined where nothing of it is kept */
function keep(value: unknown, kept: Kept): JsonValue | undefined {
  if (kept === 'value') return scalar(value);
  if (kept === 'values') return Array.isArray(value) ? value.slice(0, MAX_ENTRIES).map(scalar).filter(isKept) : undefined;
  if (!Array.isArray(value)) return keepKeys(value, kept);
  return value
    .slice(0, MAX_ENTRIES)
    .map((entry) => keepKeys(entry, kept))
    .filter(isKept);
}

function keepKeys(value: unknown, kept: Readonly<Record<string, Kept>>): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const found: Record<string, JsonValue> = {};
  for (const name in kept) {
    const inner = kept[name] as Kept;
    if (name !== UUIDS) take(value, name, inner, found);
    else for (const key of uuidKeys(value)) take(value, key, inner, found);
  }
  return found;
}

function take(value: object, key: string, kept: Kept, into: Record<string, JsonValue>): void {
  const found = Object.hasOwn(value, key) ? keep((value as Record<string, unknown>)[key], kept) : undefined;
  if (found !== undefined) into[key] = found;
}

function scalar(value: unknown): JsonValue | undefined {
  if (typeof value === 'string') return storableText(cutText(value, MAX_TEXT_LENGTH));
  return value === null || typeof value === 'number' || typeof value === 'boolean' ? value : undefined;
}

function isKept(value: JsonValue | undefined): value is JsonValue {
  return value !== undefined;
}

function uuidKeys(value: object): readonly string[] {
  return Object.keys(value)
    .filter((key) => UUID.test(key))
    .slice(0, MAX_ENTRIES);
}
