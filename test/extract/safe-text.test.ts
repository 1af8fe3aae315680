import { expect, test } from 'vitest';
import { safeText } from '../../src/extract/safe-text.ts';

const KEY = 'sk-a/b"c-0123';

test('a key that control characters hide is taken out when they are gone', () => {
  expect(safeText('key sk-a\u0000/b\u001b[1m"c\u200b-0123.', KEY, 100)).toBe('key [api key].');
});

test('a key is taken out before the text is cut in its middle', () => {
  expect(safeText(`1234567890 ${KEY}`, KEY, 15)).toBe('1234567890 [api…');
});

test('a text keeps its letters, in whatever script, on one line', () => {
  expect(safeText('  Größe\n\t日本 \u{1F600}\u0085\u202Eevil\ud800 ', KEY, 100)).toBe('Größe 日本 😀evil\ufffd');
});
