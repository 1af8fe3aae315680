import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspectFolder } from '../../db/embedded-folder.ts';
import { lockFolder } from '../../db/folder-lock.ts';
import { RunledgerError } from '../../model/errors.ts';

/**
 * Only in a folder that has this file, with these words first, is a ledger ever deleted. It lies beside the ledger and is written before it, so that a demo
 * that was killed at any moment can be followed by another.
 */
const MARK = 'README.txt';
const FIRST_LINE = 'Made by `runledger demo`, which deletes the ledger here and begins anew each time it runs.';
const TEXT = `${FIRST_LINE}\nThe ledger here records simulated source systems: nothing in it is real, and the folder can be deleted.\n`;

/**
 * Makes the folder of a demo ready for a new ledger, and deletes the one that an earlier demo left there.
 *
 * @param folder absolute
 * @returns the embedded ledger's folder within it, which holds none
 * @throws RunledgerError bad_argument where the folder is something else's, ledger_locked where the earlier ledger is in use
 */
export async function prepareDemoFolder(folder: string): Promise<string> {
  if (existsSync(folder)) checkOurs(folder);
  const ledger = join(folder, 'ledger');
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, MARK), TEXT);
    writeFileSync(join(folder, '.gitignore'), '*\n');
    if (existsSync(ledger)) await removeLedger(ledger);
  } catch (cause) {
    if (cause instanceof RunledgerError) throw cause;
    const found = cause instanceof Error ? cause.message : String(cause);
    throw new RunledgerError('bad_argument', `the demo's folder ${folder} could not be made: ${found}`, {
      hint: 'Name a folder that this user may write, with --dir.',
      cause,
    });
  }
  return ledger;
}

function checkOurs(folder: string): void {
  if (statSync(folder).isDirectory()) {
    const names = readdirSync(folder);
    if (names.length === 0) return;
    if (names.includes(MARK) && readFileSync(join(folder, MARK), 'utf8').startsWith(FIRST_LINE)) return;
  }
  throw new RunledgerError('bad_argument', `${folder} is there, and no demo made it: it is left as it is`, {
    hint: 'Name a folder that does not exist yet, with --dir.',
  });
}

/** Under the ledger's own lock: a query that has it open would lose its files otherwise. */
async function removeLedger(ledger: string): Promise<void> {
  const { lockFile, data } = inspectFolder(ledger);
  const lock = await lockFolder(lockFile, `embedded:${ledger}`);
  try {
    rmSync(data, { recursive: true, force: true });
  } finally {
    lock.release();
  }
}
