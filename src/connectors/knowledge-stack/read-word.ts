import { readText } from '../../observe/read-text.ts';

/**
 * A word of the source's own, such as the name of a runner. Facts are hashed and stay for ever, so nothing that could be a text, a path or an
 * address gets there.
 */
export function readWord(value: unknown): string | null {
  const text = readText(value);
  return text !== null && WORD.test(text) ? text : null;
}

const WORD = /^[\w .:-]{1,64}$/;
