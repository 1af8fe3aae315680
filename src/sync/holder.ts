import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';

/** Who takes leases in this process: readable, and another for every sync. */
export function newHolder(): string {
  return `${hostname()} process ${process.pid} (${randomUUID().slice(0, 8)})`;
}

/**
 * Whether a holder certainly lives no more: a process of this machine that is gone. An embedded ledger is opened by one process alone, so there
 * any other process's lease is left over.
 */
export function isDeadHolder(holder: string, isEmbedded: boolean): boolean {
  const match = /^(.*) process (\d+) \(/.exec(holder);
  if (match === null) return false;
  const [, host, id] = match;
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
