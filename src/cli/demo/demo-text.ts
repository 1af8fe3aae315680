import { formatCount, formatExactTime, formatNumberOf, formatTime } from '../output/format.ts';
import { historyText } from '../output/history-text.ts';
import { printable } from '../output/printable.ts';
import { reportText } from '../output/report-text.ts';
import { plannedEventText, syncText } from '../output/sync-text.ts';
import type { FollowedEvent } from './followed-events.ts';
import type { LedgerProof } from './ledger-proof.ts';
import type { DemoStep, SourceAtFirst } from './play-demo.ts';

/** Where the demo's ledger lies, as the commands that ask it name it. */
export interface DemoPlace {
  /** of the ledger, relative to the working directory where it lies below */
  readonly path: string;
  /** the `--database` that opens it, quoted for a shell */
  readonly database: string;
}

export function openingText({ path }: DemoPlace): string {
  return [
    'runledger demo: simulated source systems, and the real runledger reading them. No account, no key; nothing leaves this machine.',
    `The ledger is an embedded Postgres, made anew in ${printable(path)}`,
    '',
    '',
  ].join('\n');
}

/** @param width columns of the terminal, null where there is none */
export function stepText(step: DemoStep, { number, place, width }: { number: number; place: DemoPlace; width: number | null }): string {
  switch (step.kind) {
    case 'sources':
      return [
        'Simulated, by one clock:',
        ...step.sources.map(sourceLine),
        'The clock jumps: hours pass between two syncs. Of all times below only those after "recorded" are of your clock.',
        '',
        '',
      ].join('\n');
    case 'sync':
      return [
        `== ${number}. ${formatTime(step.at)}, ${step.title}`,
        step.meanwhile,
        '',
        ...syncText(step.result, { isDryRun: false }).trimEnd().split('\n').map(indented),
        ...followedLines(step.followed),
        '',
        '',
      ].join('\n');
    case 'gone':
      return [
        '== Deleted at the source, kept in the ledger',
        `Noxus, asked for the invoice: GET ${step.path}: ${step.status}`,
        `The ledger: ${printable(step.record.record_key)} ${step.record.status ?? 'unknown'} since ${formatExactTime(step.record.status_since_at)}, ${formatNumberOf(step.event_count, 'event')}`,
        '',
        '',
      ].join('\n');
    case 'report':
      return `== What failed, and how long it took\n$ npx runledger report --by connection ${place.database}\n${reportText(step.report, width)}\n`;
    case 'history':
      return `== The deleted run, with the evidence of each event\n$ npx runledger history ${step.history.record.record_id} ${place.database}\n${historyText(step.history, width)}\n`;
    case 'proof':
      return `== Proof\n${proofText(step.proof)}\n\n`;
  }
}

/** Commands that can be pasted as they are. */
export function closingText({ path, database }: DemoPlace, recordId: string | null): string {
  return [
    `== The ledger is in ${printable(path)}: ask it yourself`,
    `npx runledger status ${database}`,
    `npx runledger report --by workflow ${database}`,
    `npx runledger query "select connection, status, count(*) from runledger.runs group by 1, 2 order by 1, 2" ${database}`,
    ...(recordId === null ? [] : [`npx runledger history ${recordId} ${database}`]),
    `npx runledger query "select connection, record_id, attempt, outcome, error from runledger.document_attempts order by finished_at desc limit 10" ${database}`,
    `npx runledger query "select * from runledger.failure_rates_daily order by bucket_start_at desc limit 10" ${database}`,
    '',
    'Next, a real account:',
    'npx runledger init      writes runledger.yaml; or set DATABASE_URL, and NOXUS_API_KEY, MORPHIK_API_KEY or KNOWLEDGE_STACK_API_KEY',
    'npx runledger check     reaches the database and each account',
    'npx runledger sync      polls once; --every 5m goes on',
    '',
  ].join('\n');
}

function sourceLine({ title, url, run_count: runs, workflow_count: workflows, document_count: documents }: SourceAtFirst): string {
  const held = `${formatNumberOf(runs, 'run')} of ${formatNumberOf(workflows, 'workflow')}, ${formatNumberOf(documents, 'document')}`;
  return `  ${title} answers at ${url}: ${held}`;
}

function followedLines(followed: readonly FollowedEvent[]): string[] {
  if (followed.length === 0) return [];
  return [
    '  of what this story follows:',
    ...followed.map((event) => `    ${printable(event.name)}: ${plannedEventText(event).trimEnd()}`),
  ];
}

function proofText({ event_count: count, missing_positions: missing, head, head_is_last: isLast, refusal }: LedgerProof): string {
  const gap = missing === 0n ? 'no gap' : `${formatCount(missing)} missing`;
  return [
    `${formatNumberOf(count, 'event')} at positions 1 to ${formatCount(head.position)}, ${gap}; the head ${isLast ? 'is' : 'is not'} the hash of the last: ${head.chain_hash}`,
    `delete from runledger.events where position = 1: ${printable(refusal)}`,
  ].join('\n');
}

function indented(line: string): string {
  return `  ${line}`;
}
