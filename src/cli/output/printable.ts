/**
 * What could change how a terminal shows the text after it: control characters (ESC starts the sequences that move the cursor or set
 * the window's title), line and paragraph separators, the marks that turn the direction of writing round, and invisible tags.
 */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** A text of a source system, safe to write to a terminal: one line, with everything that could steer the terminal made visible. */
export function printable(text: string): string {
  return text.toWellFormed().replaceAll(UNPRINTABLE, escaped);
}

/** The same, for our own texts of several lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

function escaped(character: string): string {
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}
