import { readSqlFiles, type SqlFile } from './sql-files.ts';

/** The comment that each of them ends with names it with the types of its arguments, as `grant` wants it. */
const SIGNATURE = /^comment on function runledger\.(\w+\([^)]*\)) is$/m;

/** One function: a file of `sql/functions`. */
export interface FunctionFile extends SqlFile {
  /** Such as `event_feed(bigint, integer)`. */
  readonly signature: string;
}

/** The functions in the order in which they rest on each other; all of them rest on views. */
export function readFunctionFiles(): readonly FunctionFile[] {
  return readSqlFiles('functions').map((file) => {
    const signature = SIGNATURE.exec(file.text)?.[1];
    if (signature?.startsWith(`${file.name}(`) !== true) throw new TypeError(`${file.file} does not say what runledger.${file.name} is`);
    return { ...file, signature };
  });
}
