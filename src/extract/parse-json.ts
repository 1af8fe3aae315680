/**
 * JSON whose numbers stay exact.
 *
 * `JSON.parse` rounds what a double cannot hold: `9007199254740993` becomes another number, `1e400` becomes Infinity. Ids and counts of a
 * source must not change on the way, so such literals become texts. Nearly no answer has one, so the text is first searched for literals
 * that are long enough to be inexact (a quarter of the parse's own time); only then is it rewritten, with those literals quoted, and parsed
 * again. A rewrite and not a reviver: a reviver calls a function for every value and recurses, and deep nesting would end it.
 */

/** @throws SyntaxError where the text is no JSON */
export function parseJson(text: string): unknown {
  const exact = mayHoldInexactNumber(text) ? quoteInexactNumbers(text) : text;
  // What is no JSON may become some by quoting.
  if (exact !== text) checkJson(text);
  return JSON.parse(exact);
}

/** A function of its own: what it makes is garbage when the same is made again. @throws SyntaxError */
function checkJson(text: string): void {
  JSON.parse(text);
}

/** Whether a text that is no JSON was on its way to be a list or an object. */
export function beginsLikeJson(text: string): boolean {
  return /^\s*[{[]/.test(text);
}

/**
 * A double gives every decimal of 15 digits back as it was, so a literal that it does not has 16 characters or an exponent of three digits.
 * `isExact` must call every other literal exact: else a number would be a text or not by what else is in the answer.
 */
const SUSPICIOUS_LENGTH = 16;
const LONG_EXPONENT = /[eE][+-]?\d{3,}(?:[,}\]\s]|$)/;

function mayHoldInexactNumber(text: string): boolean {
  return LONG_EXPONENT.test(text) || hasLongNumber(text);
}

/** Looks at every sixteenth character only: no run of sixteen digits lies between two of them. */
function hasLongNumber(text: string): boolean {
  for (let at = SUSPICIOUS_LENGTH - 1; at < text.length; at += SUSPICIOUS_LENGTH) {
    if (!isDigitOrPoint(text.charCodeAt(at))) continue;
    let start = at;
    while (start > 0 && isDigitOrPoint(text.charCodeAt(start - 1))) start -= 1;
    let end = at + 1;
    while (end < text.length && isDigitOrPoint(text.charCodeAt(end))) end += 1;
    // After a quote it is a text, such as a date or an id.
    if (end - start >= SUSPICIOUS_LENGTH && text.charCodeAt(start - 1) !== QUOTE) return true;
    at = end;
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** @param text JSON, or anything else */
function quoteInexactNumbers(text: string): string {
  // Joined now and then: a million small parts would take more memory than the text.
  let done = '';
  let parts: string[] = [];
  let copied = 0;
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
    } else if (code === 0x2d || isDigit(code)) {
      NUMBER.lastIndex = at;
      const literal = NUMBER.exec(text)?.[0] ?? '-';
      if (!isExact(literal)) {
        parts.push(text.slice(copied, at), '"', literal, '"');
        copied = at + literal.length;
        if (parts.length > MOST_PARTS) [done, parts] = [done + parts.join(''), []];
      }
      at += literal.length;
    } else {
      at += 1;
    }
  }
  if (copied === 0) return text;
  return done + parts.join('') + text.slice(copied);
}

const MOST_PARTS = 10_000;

/** @returns the place after the closing quote of the string that opens at `start` */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end + 1;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes += 1;
  return backslashes % 2 === 1;
}

/** Whether the number, written out, is the literal. Ids beyond 2^53 are texts one and all, also the few that a double happens to hold. */
function isExact(literal: string): boolean {
  const value = Number(literal);
  if (/^-?\d+$/.test(literal) && !Number.isSafeInteger(value)) return false;
  return Number.isFinite(value) && decimalOf(literal) === decimalOf(String(value));
}

/** One spelling for one value: `1.50e2`, `150` and `150.0` are all `15e1`. */
function decimalOf(literal: string): string {
  const [mantissa = '', exponent = '0'] = literal.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const digits = (whole + fraction).replace(/^0+/, '');
  const significant = digits.replace(/0+$/, '');
  if (significant === '') return '0';
  const scale = Number(exponent) - fraction.length + digits.length - significant.length;
  return `${literal.startsWith('-') ? '-' : ''}${significant}e${scale}`;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isDigitOrPoint(code: number): boolean {
  return isDigit(code) || code === 0x2e;
}
