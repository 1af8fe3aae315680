import { createHash } from 'node:crypto';
import type { JsonValue } from '../model/observation.ts';
import { storableText } from './read-text.ts';

/** Levels of nesting: deeper JSON can be parsed, but neither rendered nor stored without running out of stack. */
export const MAX_DEPTH = 64;

/** Characters of JSON that the ledger keeps of one item. */
export const MAX_JSON_LENGTH = 1_000_000;

/** What stands for an item that is not kept: enough to recognise it again. */
export interface JsonEvidence {
  readonly text: string;
  /** characters of the text */
  readonly length: number;
  /** hex of the sha-256 of the text */
  readonly digest: string;
}

/** @param item anything that JSON can express; nested deeper than `MAX_DEPTH`, it is pruned there first */
export function jsonEvidence(item: unknown): JsonEvidence {
  const text = JSON.stringify(isDeeperThan(item, MAX_DEPTH) ? storableJson(item) : (item ?? null));
  return { text, length: text.length, digest: createHash('sha256').update(text).digest('hex') };
}

export function isDeeperThan(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((inner) => isDeeperThan(inner, depth - 1));
}

/** A copy that jsonb can store, texts and keys as `storableText` makes them; what lies deeper than `depth` levels is left out. */
export function storableJson(value: unknown, depth: number = MAX_DEPTH): JsonValue {
  if (typeof value === 'string') return storableText(value);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value !== 'object' || value === null || depth === 0) return null;
  if (Array.isArray(value)) return value.map((inner) => storableJson(inner, depth - 1));
  // fromEntries defines its keys: one named __proto__ stays a key and sets no prototype.
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storableText(key), storableJson(inner, depth - 1)]));
}
