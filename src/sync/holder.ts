import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';

/** Tells what this process, or this thread of it, has taken from what another of the same number has, in a container beside it. */
const OWN = randomUUID().slice(0, 8);

const living = new Set<string>();
let count = 0;

/** Who takes a lease in this process: readable, and another for every lease. It lives until it is let go. */
export function newHolder(): string {
  count += 1;
  const holder = `${hostname()} process ${process.pid} (${OWN}.${count})`;
  living.add(holder);
  return holder;
}

/** Its lease may still stand in the ledger, if that could not be told. */
export function letGo(holder: string): void {
  living.delete(holder);
}

/**
 * Whether a holder certainly lives no more: one of this process that was let go, or a process of this machine that is gone. An embedded ledger is opened by one
 * process alone, so there any other process's lease is left over.
 */
export function isDeadHolder(holder: string, isEmbedded: boolean): boolean {
  const match = /^(.*) process (\d+) \(/.exec(holder);
  if (match === null) return false;
  const [, host, id] = match;
  if (holder.includes(`(${OWN}.`)) return !living.has(holder);
  if (Number(id) === process.pid && host === hostname()) return false;
  if (isEmbedded) return true;
  return host === hostname() && !isRunning(Number(id));
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (error) {
    // EPERM: it is there, and another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
