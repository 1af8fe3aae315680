import type { SyncProgress } from '../../model/sync-result.ts';
import { formatCount, formatNumberOf } from './format.ts';

/** One line: `noxus runs: listing, page 12 of 44, 1,200 records (350/s), 15 events` */
export function progressText(progress: SyncProgress, elapsedMs: number): string {
  const parts = [progress.phase === 'done' ? 'done' : progress.phase, pagesText(progress), recordsText(progress, elapsedMs)];
  if (progress.appended > 0) parts.push(formatNumberOf(progress.appended, 'event'));
  if (progress.waiting_until !== null) parts.push(`waiting for a rate limit until ${progress.waiting_until.slice(11, 19)}Z`);
  return `${progress.connection} ${progress.stream}: ${parts.filter((part) => part !== '').join(', ')}`;
}

function pagesText({ phase, pages, pages_total: total }: SyncProgress): string {
  if (phase !== 'listing') return '';
  return total === null || total < pages ? formatNumberOf(pages, 'page') : `page ${formatCount(pages)} of ${formatCount(total)}`;
}

function recordsText({ observed }: SyncProgress, elapsedMs: number): string {
  const perSecond = elapsedMs < 500 ? null : Math.round((observed * 1_000) / elapsedMs);
  return `${formatNumberOf(observed, 'record')}${perSecond === null ? '' : ` (${formatCount(perSecond)}/s)`}`;
}
