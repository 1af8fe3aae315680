/** The canonical lifecycle. Every connector maps its source's words to these; a word that it does not know maps to none. */
export type Status = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';
export type OpenStatus = 'queued' | 'running';
export type TerminalStatus = 'succeeded' | 'failed' | 'cancelled';

export type StatusReason = 'timeout' | 'quota' | 'stopped_by_user' | 'waiting_for_person' | 'waiting_for_approval';

/** Place in the lifecycle: only going to a lower rank, or from one terminal status to another, can be illegal. */
export const STATUS_RANK: Record<Status, 0 | 1 | 2> = { queued: 0, running: 1, succeeded: 2, failed: 2, cancelled: 2 };

export const STATUSES = Object.keys(STATUS_RANK) as readonly Status[];

export function isTerminal(status: Status): status is TerminalStatus {
  return STATUS_RANK[status] === 2;
}
