import { readSqlFiles, type SqlFile } from './sql-files.ts';

/** One view: a file of `sql/views`. */
export interface ViewFile extends SqlFile {
  /** The view's name within the schema `runledger`. */
  readonly view: string;
}

/** The views in the order in which they rest on each other. */
export function readViewFiles(): readonly ViewFile[] {
  return readSqlFiles('views').map((file) => ({ ...file, view: file.name }));
}
