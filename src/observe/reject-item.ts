import type { ItemContext, Rejection } from '../model/connector.ts';
import { jsonEvidence, MAX_JSON_LENGTH } from './json-evidence.ts';
import { cutText, storableText } from './read-text.ts';
import { typeName } from './type-name.ts';

/**
 * The trace of an item that cannot be understood: what its form was, and enough to find it again at the source; never its values, except
 * under `full`.
 */
export function rejectItem(reason: string, item: unknown, context: Pick<ItemContext, 'response' | 'payloads'>): Rejection {
  const { text, length, digest } = jsonEvidence(item);
  // JSON.stringify writes \u0000 and lone surrogates as escapes: its text can be stored as it is.
  const raw = context.payloads === 'full' ? cutText(text, MAX_JSON_LENGTH) : null;
  return { reason, shape: shapeOf(item), length, digest, raw, response: context.response };
}

const MAX_KEYS = 50;
const MAX_KEY_LENGTH = 100;

function shapeOf(item: unknown): Readonly<Record<string, string>> {
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return {};
  const keys = Object.keys(item);
  const shape = keys.slice(0, MAX_KEYS).map((key) => [storableText(cutText(key, MAX_KEY_LENGTH)), typeName(item[key as never])] as const);
  if (keys.length > MAX_KEYS) shape.push(['…', `${keys.length - MAX_KEYS} more keys`]);
  return Object.fromEntries(shape);
}
