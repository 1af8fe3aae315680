import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { drawTable, textTable } from '../../../src/cli/output/text-table.ts';
import { PROPERTY } from '../property.ts';

const ID = '0b5e1c9a-8b39-4c1e-9f6e-2a3d7c0f4e11';
const COLUMNS = [{ title: 'id' }, { title: 'failure rate', align: 'right' }, { title: 'what', isProse: true }] as const;
const ROWS = [
  [ID, '12.5%', 'the model gave no answer'],
  ['short', '100.0%', 'none'],
];

describe('a table', () => {
  it('is as wide as its content where there is no terminal, and where the terminal is wide enough', () => {
    const whole = [
      'id                                    failure rate  what',
      `${ID}         12.5%  the model gave no answer`,
      'short                                       100.0%  none',
      '',
    ].join('\n');
    expect(textTable(COLUMNS, ROWS, null)).toBe(whole);
    expect(textTable(COLUMNS, ROWS, 76)).toBe(whole);
  });

  it('wraps titles first, then prose, both between words', () => {
    expect(textTable(COLUMNS, ROWS, 71)).toBe(
      [
        'id                                    failure  what',
        '                                         rate',
        `${ID}    12.5%  the model gave no answer`,
        'short                                  100.0%  none',
        '',
      ].join('\n'),
    );
    expect(textTable(COLUMNS, ROWS, 60)).toMatch(new RegExp(`\n${ID} {4}12\\.5% {2}the model\n +gave no\n +answer\nshort`));
  });

  it('leaves out what is optional, and then becomes lines', () => {
    const columns = [COLUMNS[0], { ...COLUMNS[1], isOptional: true }, COLUMNS[2]];
    expect(textTable(columns, ROWS, 50)).toMatch(new RegExp(`^id +what\n${ID} {2}the model\n +gave no`));
    expect(drawTable(columns, ROWS, 50)).toBeNull();
    expect(textTable(COLUMNS, ROWS, 50)).toBe(
      [
        `id            ${ID}`,
        'failure rate  12.5%',
        'what          the model gave no answer',
        '',
        'id            short',
        'failure rate  100.0%',
        'what          none',
        '',
      ].join('\n'),
    );
  });

  it('measures what a terminal shows two columns wide', () => {
    const rows = [
      ['請求書の処理', '1'],
      ['✅', '22'],
    ];
    expect(textTable([{ title: 'a' }, { title: 'b' }], rows, 16)).toBe('a             b\n請求書の処理  1\n✅            22\n');
    expect(drawTable([{ title: 'a' }, { title: 'b' }], rows, 15)).toBeNull();
  });

  it('breaks no word of any cell, and is a table only where it is not wider than the terminal', () => {
    const word = fc.stringMatching(/^[a-z0-9./_;,-]{1,40}$/);
    const cell = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join(' '));
    const row = fc.tuple(word, cell, cell);
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), fc.integer({ min: 10, max: 200 }), (rows, width) => {
        const columns = [{ title: 'id' }, { title: 'some prose', isProse: true }, { title: 'a duration', align: 'right' }] as const;
        const text = textTable(columns, rows, width);
        const words = text.split(/\s+/);
        for (const each of rows.flat().flatMap((whole) => whole.split(' '))) expect(words).toContain(each);
        for (const [id, , duration] of rows) for (const whole of [id, duration]) expect(text).toContain(whole);
        const drawn = drawTable(columns, rows, width);
        if (drawn !== null) expect(Math.max(...drawn.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(width);
      }),
      PROPERTY,
    );
  });

  it('shows no control character, in whatever shape', () => {
    for (const width of [null, 80, 10]) {
      expect(textTable([{ title: '\u001b[2J' }], [['\u009b x']], width).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    }
  });
});
