import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** At the root of the package, from `src/publish` as from `dist/publish`. */
const FOLDER = join(import.meta.dirname, '..', '..', 'sql', 'views');
const FILE = /^\d\d_(\w+)\.sql$/;

/** One view: a file of `sql/views`. */
export interface ViewFile {
  readonly file: string;
  /** The view's name within the schema `runledger`. */
  readonly view: string;
  /** The view with its comments: several statements. */
  readonly text: string;
}

/** The views in the order in which they rest on each other. */
export function readViewFiles(): readonly ViewFile[] {
  return readdirSync(FOLDER)
    .sort()
    .flatMap((file) => {
      const view = FILE.exec(file)?.[1];
      return view === undefined ? [] : [{ file, view, text: readFileSync(join(FOLDER, file), 'utf8') }];
    });
}

/** @returns hex of the sha-256 over all of them: another one means that views are to be made again */
export function digestOf(files: readonly ViewFile[]): string {
  const hash = createHash('sha256');
  for (const { file, text } of files) hash.update(`${file}\n${text}\n`);
  return hash.digest('hex');
}
