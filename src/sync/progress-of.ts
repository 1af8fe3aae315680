import type { Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';
import type { SyncProgress } from '../model/sync-result.ts';
import type { Tally } from './stream-run.ts';

export function progressOf(
  connection: string,
  stream: Stream,
  phase: SyncProgress['phase'],
  tally: Tally,
  waitingUntil: Instant | null,
): SyncProgress {
  return {
    connection,
    stream,
    phase,
    pages: tally.pages,
    pages_total: tally.pagesTotal,
    observed: tally.observed,
    appended: tally.appended,
    waiting_until: waitingUntil,
  };
}
