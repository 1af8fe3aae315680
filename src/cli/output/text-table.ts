import { getBorderCharacters, table } from 'table';
import { printable } from './printable.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Prose, which may go on in the next line, between two words. All else (ids, times, numbers with their units) stays in one line. */
  readonly isProse?: boolean;
  /** Left out where the table is too wide with it. */
  readonly isOptional?: boolean;
}

type Row = readonly string[];

const GAP = 2;

/**
 * A table without lines, as wide as its content. Where that is wider than the terminal, titles and prose are wrapped between words, then the
 * optional columns go, and at last each row becomes a line for each column: an id that is broken in two cannot be copied.
 * Every cell passes `printable`.
 *
 * @param width columns of the terminal, null where there is none: then nothing is wrapped
 */
export function textTable(columns: readonly Column[], rows: readonly Row[], width: number | null): string {
  return drawTable(columns, rows, width) ?? drawNeeded(columns, rows, width) ?? titledLines(columns, rows);
}

/** @returns null where the table is wider than the terminal, however much is wrapped */
export function drawTable(columns: readonly Column[], rows: readonly Row[], width: number | null): string | null {
  const cells = [columns.map(({ title }) => title), ...rows].map((row) => row.map(printable));
  const widths = fit(columns, cells, width);
  if (widths === null) return null;
  const text = table(cells, {
    border: getBorderCharacters('void'),
    drawHorizontalLine: () => false,
    columnDefault: { paddingLeft: 0, paddingRight: GAP },
    columns: columns.map(({ align }, index) => {
      const wrapped = widths[index];
      return { alignment: align ?? 'left', ...(wrapped == null ? {} : { width: wrapped, wrapWord: true }) };
    }),
  });
  return text.replaceAll(/ +$/gm, '');
}

function drawNeeded(columns: readonly Column[], rows: readonly Row[], width: number | null): string | null {
  const isNeeded = columns.map(({ isOptional }) => isOptional !== true);
  const needed = <T>(all: readonly T[]): readonly T[] => all.filter((_, index) => isNeeded[index]);
  return drawTable(needed(columns), rows.map(needed), width);
}

function titledLines(columns: readonly Column[], rows: readonly Row[]): string {
  const titles = columns.map(({ title }) => printable(title));
  const longest = widest(titles);
  const blocks = rows.map((row) =>
    titles.map((title, index) => `${title}${' '.repeat(longest - displayWidth(title) + GAP)}${printable(row[index] ?? '')}`.trimEnd()),
  );
  return `${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** @returns the width of each column that must be wrapped, null for those that need not; null in all where it does not fit */
function fit(columns: readonly Column[], cells: readonly Row[], width: number | null): readonly (number | null)[] | null {
  if (width === null) return columns.map(() => null);
  const natural = columns.map((_, index) => widest(cells.map((row) => row[index] ?? '')));
  const wrappedTitles = columns.map((_, index) =>
    Math.max(widestWord([cells[0]?.[index] ?? '']), widest(cells.slice(1).map((row) => row[index] ?? ''))),
  );
  const wrappedProse = columns.map(({ isProse }, index) =>
    isProse === true ? widestWord(cells.map((row) => row[index] ?? '')) : (wrappedTitles[index] ?? 1),
  );
  const room = width - (columns.length - 1) * GAP;
  // Titles first: in two lines they cost one, prose may cost one for each row.
  const widths = shrink(shrink(natural, wrappedTitles, room), wrappedProse, room);
  return sum(widths) > room ? null : widths.map((each, index) => (each === natural[index] ? null : each));
}

/** Takes from whichever has most to give, until all fit or none can give more. */
function shrink(from: readonly number[], floors: readonly number[], room: number): readonly number[] {
  const widths = [...from];
  for (let excess = sum(widths) - room; excess > 0; excess -= 1) {
    const spare = widths.map((each, index) => each - (floors[index] ?? each));
    const index = spare.indexOf(Math.max(...spare));
    if ((spare[index] ?? 0) <= 0) break;
    widths[index] = (widths[index] ?? 0) - 1;
  }
  return widths;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function widestWord(texts: Row): number {
  return widest(texts.flatMap((text) => text.split(' ')));
}

/** At least 1, the least that a column can be. */
function widest(texts: Row): number {
  return texts.reduce((most, text) => Math.max(most, displayWidth(text)), 1);
}

/** Letters and pictures that are one character of a text and two columns of a terminal. */
const WIDE = /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\uff01-\uff60[\p{Emoji_Presentation}&&[\0-\uffff]]]/gv;

function displayWidth(text: string): number {
  return text.length + (text.match(WIDE)?.length ?? 0);
}
