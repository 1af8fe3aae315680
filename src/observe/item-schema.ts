import { z } from 'zod';
import { typeName } from './type-name.ts';

/** Anything, or nothing at all: a field that is read as far as it can be, and never costs the item. */
export const maybe = z.unknown().optional();

/** The field without which an item tells nothing. */
export const requiredStatus = z
  .string({ error: ({ input }) => (input === undefined ? 'it has no status' : `its status is of type ${typeName(input)}, not a text`) })
  .min(1, 'its status is empty');

/** For `z.object(fields, notAnObject)`. */
export const notAnObject = { error: ({ input }: { readonly input?: unknown }) => `it is of type ${typeName(input)}, not an object` };
