import { fieldOf } from '../item-field.ts';

/**
 * For `z.preprocess`: an item whose status goes by different names, by the age of the server or of the page that describes it. The first of them
 * that it carries stands in `status` afterwards.
 */
export function statusFrom(...names: readonly string[]): (item: unknown) => unknown {
  return (item) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    const status = names.map((name) => fieldOf(item, name)).find((word) => word !== undefined && word !== null);
    return { ...item, status };
  };
}
