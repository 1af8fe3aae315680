import { stripVTControlCharacters } from 'node:util';

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

/** Shorter keys are nobody's, and taking every `a` out of a message would leave none. */
const SHORTEST_SECRET = 4;

/** @returns the text with every spelling of the key replaced that an echo of a request can have */
export function withoutSecret(text: string, secret: string): string {
  if (secret.length < SHORTEST_SECRET) return text;
  return spellings(secret).reduce((rest, spelling) => rest.replaceAll(spelling, '[api key]'), text);
}

function spellings(secret: string): readonly string[] {
  const quoted = JSON.stringify(secret).slice(1, -1);
  return [secret, quoted, quoted.replaceAll('/', '\\/'), encodeURIComponent(secret)];
}
