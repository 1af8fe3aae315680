import type { Anchor } from '../../sync/anchor.ts';
import type { RebuildResult } from '../../sync/rebuild.ts';
import type { VerifyBreak, VerifyProgress, VerifyResult } from '../../sync/verify-result.ts';
import { formatCount, formatExactTime, formatNumberOf, UNKNOWN } from './format.ts';
import { printable } from './printable.ts';
import { wrapLine } from './wrap-line.ts';

const PHASES: Record<VerifyProgress['phase'], readonly [what: string, things: string]> = {
  chain: ['verifying the chain', 'events'],
  details: ['verifying details', 'events'],
  fold: ['folding records', 'events'],
  checks: ['verifying laws', 'laws'],
};

/** One line: `verifying the chain, 12,000 of 340,000 events` */
export function verifyProgressText({ phase, done, total }: VerifyProgress): string {
  const [what, things] = PHASES[phase];
  return `${what}, ${formatCount(done)} of ${formatCount(total)} ${things}`;
}

/** The file that an anchor was to be written to, and that anchor; null where the ledger did not hold. */
export interface WrittenAnchor {
  readonly file: string;
  readonly anchor: Anchor | null;
}

/**
 * Whether the ledger holds, what was checked, where it ends, and what cannot be seen.
 *
 * @param written null where no anchor was asked for
 */
export function verifyText(result: VerifyResult, width: number | null, written: WrittenAnchor | null = null): string {
  const failed = result.checks.filter((check) => check.break !== null);
  const [, ...others] = failed;
  const lines = [
    ...(result.break === null ? ['the ledger holds: nothing in it contradicts anything else'] : breakLines(result.break)),
    ...others.flatMap((check) => (check.break === null ? [] : [`also broken: ${check.name}: ${check.break.message}`])),
    '',
    `${formatNumberOf(result.event_count, 'event')}, ${formatNumberOf(result.record_count, 'record')}, ${formatNumberOf(result.attempt_count, 'attempt')}`,
    `head: position ${formatCount(result.head_position)}, hash ${result.head_hash ?? UNKNOWN}`,
    `checks: ${result.checks.length - failed.length} of ${result.checks.length} hold`,
    ...result.checks.map((check) => `  ${check.ok ? 'ok    ' : 'BROKEN'}  ${check.name}: ${check.law}`),
    ...result.anchors.map(
      (anchor) =>
        `anchor: position ${formatCount(anchor.position)}, hash ${anchor.chain_hash}, written ${formatExactTime(anchor.written_at)}`,
    ),
    ...(result.verified_after_position === 0n
      ? []
      : [`chain and details were read after position ${formatCount(result.verified_after_position)}; --full reads all of them`]),
    'this cannot see:',
    ...result.unseen.map((what) => `  ${what}`),
    written === null ? KEEP_THE_HEAD : writtenText(written),
  ];
  return lines.map((line) => `${wrapLine(printable(line), width)}\n`).join('');
}

const KEEP_THE_HEAD =
  'keep the head where nobody who can write to the ledger can write (--write-anchor FILE): the same position must have the same hash for ever';

function writtenText({ file, anchor }: WrittenAnchor): string {
  if (anchor === null) return `no anchor was written to ${file}: it would vouch for a ledger that is broken`;
  return `an anchor of position ${formatCount(anchor.position)} was written to ${file}: keep it where nobody who can write to the ledger can write`;
}

function breakLines({ check, message, position, record, found, expected }: VerifyBreak): string[] {
  const facts = { check, position: position?.toString() ?? null, record, found, expected };
  return [
    `the ledger is BROKEN: ${message}`,
    ...Object.entries(facts).flatMap(([name, value]) => (value === null ? [] : [`  ${name}: ${value}`])),
  ];
}

/** What was folded, and how many rows differed. */
export function rebuildText(result: RebuildResult): string {
  const records = [result.records_changed_count, result.records_added_count, result.records_removed_count] as const;
  const attempts = [result.attempts_changed_count, result.attempts_added_count, result.attempts_removed_count] as const;
  const isSame = [...records, ...attempts].every((count) => count === 0);
  const lines = [
    isSame ? 'nothing differed: every row is what its events fold into' : 'rows that differed were written anew:',
    ...(isSame ? [] : [`  records: ${countsText(records)}`, `  attempts: ${countsText(attempts)}`]),
    `${formatNumberOf(result.event_count, 'event')}, ${formatNumberOf(result.record_count, 'record')}, ${formatNumberOf(result.attempt_count, 'attempt')}`,
    `head: position ${formatCount(result.head_position)}, hash ${result.head_hash ?? UNKNOWN}`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function countsText([changed, added, removed]: readonly [number, number, number]): string {
  return `${formatCount(changed)} changed, ${formatCount(added)} added, ${formatCount(removed)} removed`;
}
