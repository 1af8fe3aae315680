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
  if (secret.length < SHORTEST_SECRET) return text;
  return text.replace(new RegExp(spellings(secret).map(literally).join('|'), 'gi'), () => mark);
}

/**
 * For what a source says of its records: an error text of one can repeat the header that the source was asked with, and what is recorded stays for ever.
 * Done before it is parsed, because then it is one text: to look into every value costs as much as to parse them.
 *
 * @returns the same JSON without the key, also where its letters are written as `\u0061`
 */
export function withoutSecretInJson(json: string, secret: string): string {
  if (secret.length < SHORTEST_SECRET_IN_DATA) return json;
  const plain = spellings(secret).reduce((rest, spelling) => rest.replaceAll(spelling, KEY_MARK), json);
  return plain.includes('\\u00') && ESCAPED_ASCII.test(plain) ? plain.replace(escapedPattern(secret), () => KEY_MARK) : plain;
}

/** Nobody needs to write a letter of a key so, but some writers do it to `+`, `<` and `&`. */
const ESCAPED_ASCII = /\\u00[2-7]/;

function spellings(secret: string): readonly string[] {
  const quoted = JSON.stringify(secret).slice(1, -1);
  return [...new Set([secret, quoted, quoted.replaceAll('/', '\\/'), encodeURIComponent(secret)])];
}

function escapedPattern(secret: string): RegExp {
  const letters = Array.from(secret, (letter) => {
    const quoted = JSON.stringify(letter).slice(1, -1);
    const code = letter.charCodeAt(0).toString(16).padStart(4, '0');
    return `(?:${literally(quoted)}|\\\\u${code}${letter === '/' ? '|\\\\/' : ''})`;
  });
  return new RegExp(letters.join(''), 'gi');
}

function literally(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&');
}
