import { readFileSync } from 'node:fs';

/** The JSON example of the vendor's page, word for word. */
export function runExample(): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL('pages/morphik-workflow-run.txt', import.meta.url), 'utf8')) as Record<string, unknown>;
}
