import type { z } from 'zod';
import type { ItemContext, ItemResult } from '../model/connector.ts';
import type { Observation } from '../model/observation.ts';
import { rejectItem } from './reject-item.ts';

/**
 * Reads an item by its schema: where it does not fit, it is rejected, with the schema's own words for why.
 *
 * @param read the observation, and the account that the item names
 */
export function observeItem<Fields>(
  item: unknown,
  context: ItemContext,
  schema: z.ZodType<Fields>,
  read: (fields: Fields) => { readonly observation: Observation; readonly accountId: string | null },
): ItemResult {
  const parsed = schema.safeParse(item);
  if (parsed.success) return { kind: 'observation', ...read(parsed.data) };
  const reason = parsed.error.issues[0]?.message ?? 'it cannot be understood';
  return { kind: 'rejection', rejection: rejectItem(reason, item, context) };
}
