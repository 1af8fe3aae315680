import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RunledgerError } from '../model/errors.ts';
import { codeOf, messageOf } from './error-code.ts';

/**
 * The folder of an embedded ledger:
 *
 *     lock               held while it is open
 *     data/              Postgres's own files
 *     data.new-…/        a start that is under way, or was killed
 *     .gitignore         everything: what runs failed with belongs in no repository
 */
export interface EmbeddedFolder {
  readonly lockFile: string;
  readonly data: string;
  /** Whether there is a ledger. */
  readonly exists: boolean;
}

/** The major version of the Postgres that PGlite is: it opens no other's files. A test holds it against the library. */
export const EMBEDDED_POSTGRES = '18';

const OURS = /^(lock|data|data\.new-.*|\.gitignore)$/;

/**
 * @returns what is there, having created nothing
 * @throws RunledgerError bad_settings where the path is a file or a folder of something else
 */
export function inspectFolder(folder: string): EmbeddedFolder {
  const found: EmbeddedFolder = {
    lockFile: join(folder, 'lock'),
    data: join(folder, 'data'),
    exists: existsSync(join(folder, 'data', 'PG_VERSION')),
  };
  if (!existsSync(folder)) return found;
  if (!statSync(folder).isDirectory()) {
    throw new RunledgerError('bad_settings', `the embedded ledger's path ${folder} is a file`, {
      hint: 'Name a folder, or one that does not exist yet.',
    });
  }
  const foreign = list(folder).filter((name) => !OURS.test(name));
  if (!found.exists && foreign.length > 0) {
    throw new RunledgerError('bad_settings', `${folder} is no ledger, and it is not empty: it has ${foreign.slice(0, 3).join(', ')}`, {
      hint: 'Name a folder for the ledger alone, or one that does not exist yet.',
    });
  }
  return found;
}

/** @throws RunledgerError ledger_newer or ledger_behind where another version of the embedded Postgres made the files */
export function checkFilesVersion(folder: EmbeddedFolder, place: string): void {
  const major = readFileSync(join(folder.data, 'PG_VERSION'), 'utf8').trim();
  if (major === EMBEDDED_POSTGRES) return;
  const isNewer = Number(major) > Number(EMBEDDED_POSTGRES);
  throw new RunledgerError(
    isNewer ? 'ledger_newer' : 'ledger_behind',
    `the files in ${place} are of the embedded Postgres ${major}, and this runledger has ${EMBEDDED_POSTGRES}`,
    {
      hint: isNewer
        ? 'Use the newer runledger that made them.'
        : 'With the runledger that made them, dump the ledger and load it into a Postgres or into a new embedded one.',
    },
  );
}

/** Makes the folder itself, and what keeps it out of repositories. */
export function createFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const ignore = join(folder, '.gitignore');
    if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
  } catch (cause) {
    throw new RunledgerError('ledger_denied', `the folder ${folder} of the embedded ledger could not be made: ${messageOf(cause)}`, {
      hint: 'Name another folder in the database setting (embedded:PATH), or run as a user that may write there.',
      cause,
    });
  }
}

/**
 * Lets `fill` make the files beside their place, and moves them there in one step: whoever is killed meanwhile leaves no half of a database
 * where the next start would find it. Only with the lock held.
 */
export async function createData(folder: EmbeddedFolder, fill: (data: string) => Promise<void>): Promise<void> {
  const beside = `${folder.data}.new-${process.pid}-${Date.now()}`;
  mkdirSync(beside, { mode: 0o700 });
  try {
    await fill(beside);
    renameSync(beside, folder.data);
  } catch (error) {
    rmSync(beside, { recursive: true, force: true });
    throw error;
  }
}

/** Removes what killed starts left. Only with the lock held: with it, nobody is starting. */
export function removeLeftovers(folder: string): void {
  for (const name of list(folder)) {
    if (name.startsWith('data.new-')) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return [];
    throw new RunledgerError('ledger_denied', `the folder ${folder} of the embedded ledger could not be read: ${messageOf(cause)}`, {
      hint: 'Run as a user that may read it.',
      cause,
    });
  }
}
