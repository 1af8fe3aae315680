import type { RedactResult } from '../../sync/redact.ts';
import { formatExactTime, formatNumberOf } from './format.ts';
import { printable } from './printable.ts';
import { wrapLine } from './wrap-line.ts';

/** What was taken away, and what of the record remains. */
export function redactText(result: RedactResult, width: number | null): string {
  const { record_key: key, redacted_at: at, position } = result;
  const lines = [
    result.was_redacted
      ? `${key} was redacted at ${formatExactTime(at)}, event ${position}; nothing was appended now`
      : `${key} is redacted: event ${position}, recorded ${formatExactTime(at)}`,
    `taken away now: ${clearedText(result)}`,
    'later error texts and bodies of it are not kept',
    'what remains:',
    `  ${formatNumberOf(result.event_count, 'event')}, each with its statuses, times and evidence; the chain is whole, and verify says so`,
    ...(result.kept_columns.length === 0 ? [] : [`  of the record: ${result.kept_columns.join(', ')}`]),
    '  digests of what was taken away: they can be held against no text, because their salts are gone',
    'not reached: backups, and what others have copied out; items that could not be understood (runledger.rejections) belong to no record',
  ];
  return lines.map((line) => `${wrapLine(printable(line), width)}\n`).join('');
}

function clearedText({ cleared_error_count: errors, cleared_body_count: bodies }: RedactResult): string {
  if (errors === 0 && bodies === 0) return 'nothing, because nothing was kept';
  return `${formatNumberOf(errors, 'error text')} and ${bodies === 1 ? '1 body' : `${bodies} bodies`}, with their salts`;
}
