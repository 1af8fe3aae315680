import { stripVTControlCharacters } from 'node:util';
import { withoutSecret } from '../model/without-secret.ts';

/** Control characters but those that are white space, and the invisible ones that turn the direction of a line or hide in it. */
const UNSEEN = /[^\P{Cc}\s]|[\p{Cf}\p{Co}]/gu;

/**
 * A source's own words, fit for an error or a log: one line, nothing that a terminal obeys, no longer than `maxLength` characters,
 * the key taken out. The key goes before the cut, or half of it would stay, and again after the control characters, which can hide it.
 */
export function safeText(text: string, secret: string, maxLength: number): string {
  const visible = stripVTControlCharacters(withoutSecret(text.toWellFormed(), secret)).replace(UNSEEN, '');
  const line = withoutSecret(visible, secret).replace(/\s+/g, ' ').trim();
  const characters = Array.from(line);
  return characters.length > maxLength ? `${characters.slice(0, maxLength).join('')}…` : line;
}
