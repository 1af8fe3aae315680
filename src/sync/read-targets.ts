import type { ReadTarget } from '../model/connector.ts';
import type { SyncProgress } from '../model/sync-result.ts';
import { keepFailure, mostGathered, type StreamRun } from './stream-run.ts';

/** Requests that a sync may still spend on single records. */
export interface ReadBudget {
  left: number;
}

/** Single reads are recorded together: often enough to see progress, seldom enough that transactions do not cost more than requests. */
const READS_A_BATCH = 100;

/** How single records are read, and what is done with what was read. */
export interface TargetReader<Read> {
  readonly phase: SyncProgress['phase'];
  readonly read: (target: ReadTarget) => Promise<Read>;
  readonly record: (read: readonly Read[]) => Promise<void>;
  /** Told of reads made side by side, before their failures are kept. @returns whether the rest is to be left to the next sync */
  readonly isOver?: (targets: readonly ReadTarget[], results: readonly PromiseSettledResult<Read>[]) => Promise<boolean>;
}

/** Reads records one by one, several at a time, as far as the budget goes. A record that fails stops no other. */
export async function readTargets<Read>(
  run: StreamRun,
  targets: readonly ReadTarget[],
  budget: ReadBudget,
  reader: TargetReader<Read>,
): Promise<void> {
  const { concurrency } = run.settings.requests;
  let pending: Read[] = [];
  let pendingSince = run.api.received.characters;
  const flush = async (): Promise<void> => {
    const read = pending;
    pending = [];
    pendingSince = run.api.received.characters;
    await reader.record(read);
    run.report(reader.phase);
  };
  try {
    for (let first = 0; first < targets.length && budget.left > 0; first += concurrency) {
      const some = targets.slice(first, first + Math.min(concurrency, budget.left));
      budget.left -= some.length;
      const results = await Promise.allSettled(some.map(reader.read));
      pending.push(...results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : [])));
      const isOver = (await reader.isOver?.(some, results)) ?? false;
      for (const result of results) if (result.status === 'rejected') keepFailure(run, result.reason);
      if (isOver) return;
      if (pending.length >= READS_A_BATCH || run.api.received.characters - pendingSince >= mostGathered(run)) await flush();
    }
  } finally {
    // Also when a signal or a rate limit ends the reading: what was answered is kept.
    await flush();
  }
}
