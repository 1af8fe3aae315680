import { readFileSync } from 'node:fs';

/** The version of this package, out of its own package.json: one folder up, from `src/` as from `dist/`. */
export const VERSION: string = (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string })
  .version;
