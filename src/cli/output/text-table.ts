import { getBorderCharacters, table } from 'table';
import { printable } from './printable.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
}

const GAP = 2;
const NARROWEST = 8;

/**
 * A table without lines, as wide as its content; where that is wider than the terminal, the widest columns are wrapped.
 * Every cell passes `printable`.
 *
 * @param width columns of the terminal, null where there is none: then nothing is wrapped
 */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[], width: number | null): string {
  const cells = [columns.map(({ title }) => title), ...rows].map((row) => row.map(printable));
  const widths = fit(
    columns.map((_, index) => Math.max(1, ...cells.map((row) => row[index]?.length ?? 0))),
    width,
  );
  const text = table(cells, {
    border: getBorderCharacters('void'),
    drawHorizontalLine: () => false,
    columnDefault: { paddingLeft: 0, paddingRight: GAP },
    columns: columns.map(({ align }, index) => {
      const wrapped = widths?.[index];
      return { alignment: align ?? 'left', ...(wrapped === undefined ? {} : { width: wrapped, wrapWord: true }) };
    }),
  });
  return text.replaceAll(/ +$/gm, '');
}

/** @returns null where everything fits as it is; then `table` measures the cells itself */
function fit(natural: readonly number[], width: number | null): readonly number[] | null {
  if (width === null) return null;
  const widths = [...natural];
  let excess = widths.reduce((sum, each) => sum + each + GAP, 0) - GAP - width;
  if (excess <= 0) return null;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= NARROWEST) break;
    widths[widths.indexOf(widest)] = widest - 1;
    excess -= 1;
  }
  return widths;
}
