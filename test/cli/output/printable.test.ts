import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText } from '../../../src/cli/output/json-text.ts';
import { printable, printableLines } from '../../../src/cli/output/printable.ts';
import { PROPERTY } from '../property.ts';

/** Everything that a terminal may act on. */
const STEERING = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

/** Whatever Unicode has, and often what steers a terminal. */
const steering = fc.constantFrom('\u001b', '\u009b', '\u0085', '\u007f', '\u202e', '\u2066', '\u2028', '\u061c', '\ud800', '\n', '\\');
const anyText = fc.array(fc.oneof(steering, fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 20 }).map((parts) => parts.join(''));

describe('a text of a source system', () => {
  it.each([
    ['\u001b[2Jcleared', '\\u001b[2Jcleared'],
    ['\u001b]0;title\u0007', '\\u001b]0;title\\u0007'],
    ['\u009b31mred', '\\u009b31mred'],
    ['invoice\u202efdp.exe', 'invoice\\u202efdp.exe'],
    ['two\nlines\tand a tab\r', 'two\\nlines\\tand a tab\\u000d'],
    ['tag\u{e0041}', 'tag\\u{e0041}'],
    ['lone \ud800 half', 'lone \ufffd half'],
    ['Übersicht 概要 👍🏽 🏳️‍🌈', 'Übersicht 概要 👍🏽 🏳️‍🌈'],
  ])('that is %j is shown as %s', (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it('has nothing left that steers a terminal, whatever it was', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(printable(text)).not.toMatch(STEERING);
        expect(printableLines(text).replaceAll('\n', '')).not.toMatch(STEERING);
      }),
      PROPERTY,
    );
  });
});

describe('a JSON document', () => {
  it('has integers beyond 2^53 as texts and all others as numbers', () => {
    expect(jsonText({ small: 5n, edge: 9007199254740991n, big: 9007199254740992n, negative: -9007199254740992n }, 0)).toBe(
      '{"small":5,"edge":9007199254740991,"big":"9007199254740992","negative":"-9007199254740992"}\n',
    );
  });

  it('has what JSON leaves bare and a terminal obeys as escapes', () => {
    expect(jsonText({ text: '\u009b2J\u202e\u2028é' }, 0)).toBe('{"text":"\\u009b2J\\u202e\\u2028é"}\n');
  });

  it('reads back as it was and steers no terminal, whatever texts it holds', () => {
    fc.assert(
      fc.property(anyText, fc.constantFrom(0 as const, 2 as const), (text, indent) => {
        const json = jsonText({ text }, indent);
        expect(json.replaceAll('\n', '')).not.toMatch(STEERING);
        expect(JSON.parse(json)).toEqual({ text });
      }),
      PROPERTY,
    );
  });
});
