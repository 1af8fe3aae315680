/** What stands where a key stood. */
export const KEY_MARK = '[api key]';

/** Shorter keys are nobody's, and taking every `a` out of a message would leave none. */
const SHORTEST_SECRET = 4;

/** A shorter key may be a word, and would be taken out of every record that uses it. */
export const SHORTEST_SECRET_IN_DATA = 12;

/**
 * For messages.
 *
 * @returns the text with every spelling of the key replaced that an echo of a request can have, in whatever case: a host name loses it
 */
export function withoutSecret(text: string, secret: string, mark: string = KEY_MARK): string {
  return secret.length < SHORTEST_SECRET ? text : text.replace(spellings(secret), () => mark);
}

/**
 * For what a source says of its records: an error text of one can repeat the header that the source was asked with, and what is recorded stays for ever.
 * Done before it is parsed, because then it is one text: to look into every value costs as much as to parse them.
 *
 * @returns the same JSON without the key, however often it was quoted
 */
export function withoutSecretInJson(json: string, secret: string): string {
  // Of digits alone it may be a number there, which a mark in its place would break.
  if (secret.length < SHORTEST_SECRET_IN_DATA || /^\d+$/.test(secret)) return json;
  const plain = plainPart(secret);
  return [plain, plain.toLowerCase()].some((part) => json.includes(part)) || ESCAPED_ASCII.test(json) ? withoutSecret(json, secret) : json;
}

/** Nobody needs to write a letter of a key so, but some writers do it to `+`, `<` and `&`. */
const ESCAPED_ASCII = /\\u00[2-7]/;

/** The longest part of the key that stands as it is in every spelling without such escapes. */
function plainPart(secret: string): string {
  const parts = secret.match(/[\w.~-]+/g) ?? [];
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), '');
}

/** As it is, quoted in JSON, JSON in a text of JSON and so on, and in a URL. */
function spellings(secret: string): RegExp {
  const letters = Array.from(secret, (letter) => {
    const code = letter.charCodeAt(0);
    const hex = code.toString(16).padStart(2, '0');
    const other = code < 0x80 ? `|\\\\{1,16}u00${hex}|%${hex}` : `|${literally(encodeURIComponent(letter))}`;
    // Letters and digits are never quoted: a backslash in front of one is not the key's.
    return `(?:${/\w/.test(letter) ? '' : '\\\\{0,16}'}${literally(letter)}${other})`;
  });
  return new RegExp(letters.join(''), 'gi');
}

function literally(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&');
}
