import { constants } from 'node:fs';
import { access, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { codeOf, messageOf } from '../db/error-code.ts';
import { RunledgerError } from '../model/errors.ts';
import { parseAnchor, type Anchor } from '../sync/anchor.ts';
import { jsonText } from './output/json-text.ts';

/** @throws RunledgerError bad_argument where the file is missing, cannot be read, or holds no anchor */
export async function readAnchor(cwd: string, file: string): Promise<Anchor> {
  const anchor = await readAnchorIfThere(cwd, file);
  if (anchor !== null) return anchor;
  throw new RunledgerError('bad_argument', `there is no anchor ${file}`, {
    hint: '`runledger verify --write-anchor FILE` writes one. If it was there, ask who took it away: it is what proves the past.',
  });
}

/** @returns null where there is no such file */
export async function readAnchorIfThere(cwd: string, file: string): Promise<Anchor | null> {
  let text: string;
  try {
    text = await readFile(resolve(cwd, file), 'utf8');
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') return null;
    throw new RunledgerError('bad_argument', `the anchor ${file} cannot be read: ${messageOf(cause)}`, {
      hint: 'Name a file that this user may read.',
      cause,
    });
  }
  const parsed = parseAnchor(text);
  if (parsed.ok) return parsed.anchor;
  throw new RunledgerError('bad_argument', `${file} holds no anchor: ${parsed.problem}`, {
    hint: 'Name a file that `runledger verify --write-anchor` has written. Nothing is written over this one.',
  });
}

/** Told before a ledger is read for an hour, not after. @throws RunledgerError bad_argument */
export async function checkAnchorFolder(cwd: string, file: string): Promise<void> {
  const folder = dirname(resolve(cwd, file));
  try {
    await access(folder, constants.W_OK);
  } catch (cause) {
    throw notWritten(file, cause);
  }
}

/**
 * Writes an anchor whole or not at all: beside its place, to the disk, and then renamed. An anchor that was there before is never half gone.
 *
 * @throws RunledgerError bad_argument
 */
export async function writeAnchor(cwd: string, file: string, anchor: Anchor): Promise<void> {
  const path = resolve(cwd, file);
  const draft = `${path}.${process.pid}.draft`;
  try {
    const handle = await open(draft, 'w', 0o644);
    try {
      await handle.writeFile(jsonText(anchor, 2));
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  } catch (cause) {
    await rm(draft, { force: true });
    throw notWritten(file, cause);
  }
}

function notWritten(file: string, cause: unknown): RunledgerError {
  return new RunledgerError('bad_argument', `the anchor ${file} cannot be written: ${messageOf(cause)}`, {
    hint: 'Name a file in a folder that is there and that this user may write to.',
    cause,
  });
}
