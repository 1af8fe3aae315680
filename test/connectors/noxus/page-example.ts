import { readFileSync } from 'node:fs';

/** The JSON examples of the vendor's pages, word for word. */
export type PageName = 'noxus-runs' | 'noxus-knowledge-base-runs' | 'noxus-knowledge-base-runs-reference';

export function pageExample(name: PageName): unknown {
  return JSON.parse(readFileSync(new URL(`pages/${name}.txt`, import.meta.url), 'utf8'));
}

export function runExample(name: PageName): Record<string, unknown> {
  const page = pageExample(name) as Record<string, unknown>[] | { items: Record<string, unknown>[] };
  const [run] = Array.isArray(page) ? page : page.items;
  if (run === undefined) throw new Error(`no run in ${name}`);
  return run;
}
