import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** At the root of the package, from `src/publish` as from `dist/publish`. */
const ROOT = join(import.meta.dirname, '..', '..', 'sql');
const FILE = /^\d\d_(\w+)\.sql$/;

/** A file that makes one object of the schema `runledger`, with its comments: several statements. */
export interface SqlFile {
  /** From the root of the package, such as `sql/views/10_runs.sql`. */
  readonly file: string;
  /** The name of what it makes, within the schema. */
  readonly name: string;
  readonly text: string;
}

/** The files of a folder of `sql`, in the order in which they rest on each other. */
export function readSqlFiles(folder: 'views' | 'functions'): readonly SqlFile[] {
  return readdirSync(join(ROOT, folder))
    .sort()
    .flatMap((file) => {
      const name = FILE.exec(file)?.[1];
      return name === undefined ? [] : [{ file: `sql/${folder}/${file}`, name, text: readFileSync(join(ROOT, folder, file), 'utf8') }];
    });
}

/** @returns hex of the sha-256 over all of them: another one means that they are to be made again */
export function digestOf(files: readonly SqlFile[]): string {
  const hash = createHash('sha256');
  for (const { file, text } of files) hash.update(`${file}\n${text}\n`);
  return hash.digest('hex');
}
