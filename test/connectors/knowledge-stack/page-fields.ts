import { readFileSync } from 'node:fs';

/** The vendor's page, word for word. */
const PAGE = readFileSync(new URL('pages/knowledge-stack-workflow-runs.txt', import.meta.url), 'utf8');

/** The fields of an answer by the page's table of it, which gives name, type and meaning on a line each; with the type. */
export function pageFields(answer: string): ReadonlyMap<string, string> {
  const start = new RegExp(`^Response(?:PaginatedResponse\\[)?${answer}\\b.*$`, 'm').exec(PAGE);
  if (start === null) throw new Error(`no ${answer} on the page`);
  const table = PAGE.slice(start.index + start[0].length + 1).split('\n\n', 1)[0] ?? '';
  const lines = table.split('\n');
  return new Map(lines.flatMap((name, index) => (index % 3 === 0 ? [[name, lines[index + 1] ?? ''] as const] : [])));
}

/** The words that the page lists for a field: `One of PENDING, RUNNING, COMPLETED, FAILED.` */
export function pageWords(sentence: string): readonly string[] {
  const found = new RegExp(`${sentence}\\. One of ([\\w, ]+)\\.`).exec(PAGE)?.[1];
  if (found === undefined) throw new Error(`the page does not say "${sentence}"`);
  return found.split(', ');
}
