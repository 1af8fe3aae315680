import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { RunledgerError } from '../model/errors.ts';
import { instantFromMillis } from '../model/instant.ts';
import { messageOf } from './error-code.ts';

export interface FolderLock {
  release(): void;
}

/** Who holds a lock, as it stands in the lock's file for the error of the next one. */
interface Holder {
  readonly process_id: number;
  readonly host: string;
  readonly command: string;
  readonly since: string;
}

/** Far behind the text: on Windows nobody else can read the bytes that are locked. */
const LOCKED_BYTE = 0x4000_0000;

/**
 * Locks a file for as long as this process lives, or until released. A lock of the operating system on the open file, and not the file's
 * mere being there: that would outlive a process that was killed, and PGlite corrupts a folder that two processes open.
 *
 * @throws RunledgerError ledger_locked with the holder's name; ledger_denied where the file cannot be written
 */
export async function lockFolder(file: string, place: string): Promise<FolderLock> {
  const tryLock = await loadTryLock(place);
  const descriptor = open(file, place);
  try {
    if (!tryLock(descriptor, LOCKED_BYTE, 1)) throw lockedError(file, place);
    const holder: Holder = { process_id: process.pid, host: hostname(), command: commandName(), since: instantFromMillis(Date.now()) };
    ftruncateSync(descriptor);
    writeSync(descriptor, `${JSON.stringify(holder)}\n`, 0);
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  return {
    release: () => {
      // The file stays. Whoever deletes it lets a third process lock a new file while a second one waits with the old one.
      ftruncateSync(descriptor);
      closeSync(descriptor);
    },
  };
}

type TryLock = (descriptor: number, offset: number, length: number) => boolean;

async function loadTryLock(place: string): Promise<TryLock> {
  try {
    return (await import('fs-native-extensions')).tryLock;
  } catch (cause) {
    throw new RunledgerError(
      'ledger_denied',
      `${place} cannot be locked: fs-native-extensions has no build for ${process.platform} ${process.arch}`,
      {
        hint: 'Without a lock two processes could destroy the ledger, so it stays closed. Name a Postgres in DATABASE_URL instead.',
        cause,
      },
    );
  }
}

function open(file: string, place: string): number {
  try {
    // Not truncated on opening: the holder's name must survive those who do not get the lock.
    return openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  } catch (cause) {
    throw new RunledgerError('ledger_denied', `${place} cannot be locked: ${messageOf(cause)}`, {
      hint: 'This user must be able to write to the folder.',
      cause,
    });
  }
}

function lockedError(file: string, place: string): RunledgerError {
  const holder = readHolder(file);
  const who =
    holder === null ? 'by another process' : `by process ${holder.process_id} (${holder.command}) on ${holder.host} since ${holder.since}`;
  return new RunledgerError('ledger_locked', `${place} is in use ${who}`, {
    hint: 'An embedded ledger opens for one process at a time; a sync may be running. Wait for its end, or keep the ledger in a Postgres (DATABASE_URL), which many can read at once.',
  });
}

function readHolder(file: string): Holder | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder;
  } catch {
    return null; // it has the lock and has not written its name yet
  }
}

/** The script and its first word, never more arguments: they may hold secrets. */
function commandName(): string {
  const [, script = 'node', word = ''] = process.argv;
  const name = script.split(/[\\/]/).at(-1) ?? 'node';
  return /^[a-z-]+$/.test(word) ? `${name} ${word}` : name;
}
