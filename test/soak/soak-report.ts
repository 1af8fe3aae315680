import { getBorderCharacters, table } from 'table';
import type { Verdict } from './hold-ledger.ts';
import type { Lane } from './lane.ts';
import type { LaneTally } from './run-lane.ts';
import type { LedgerKind } from './soak-ledger.ts';

/** What a soak did to one ledger, and what came of it. */
export interface LaneResult {
  readonly kind: LedgerKind;
  readonly lane: Pick<Lane, 'sources' | 'database'>;
  readonly tally: LaneTally;
  /** What stood in the way when nothing went wrong any more, `verify` included. */
  readonly troubles: readonly string[];
  readonly verdict: Verdict;
}

const MOST_CASES = 8;

export function isSound({ tally, troubles, verdict }: LaneResult): boolean {
  const { lost, duplicated, invented } = verdict;
  return [lost, duplicated, invented, tally.mishaps, troubles].every((cases) => cases.length === 0);
}

/** A table, one column a ledger. */
export function soakTable(results: readonly LaneResult[]): string {
  const row = (title: string, cell: (result: LaneResult) => string | number): string[] => [
    title,
    ...results.map((each) => String(cell(each))),
  ];
  return table(
    [
      row('', ({ kind }) => kind),
      row('syncs', ({ tally }) => tally.syncs),
      row('kills', ({ tally }) => counted(tally.kills)),
      row('faults on the way to sources', ({ lane }) => counted(summed(lane.sources.map(({ counts }) => counts)))),
      row('faults on the way to Postgres', ({ lane }) => (lane.database === null ? '-' : counted(lane.database.counts))),
      row('streams read', ({ tally }) => `${counted(tally.streams)}, complete ${tally.complete}`),
      row('transitions in the truth', ({ verdict }) => verdict.transitions),
      row('  reported', ({ verdict }) => verdict.reported),
      row('  bounded', ({ verdict }) => verdict.bounded),
      row('  unknowable', ({ verdict }) => verdict.unknowable),
      row('lost', ({ verdict }) => verdict.lost.length),
      row('duplicated', ({ verdict }) => verdict.duplicated.length),
      row('invented', ({ verdict }) => verdict.invented.length),
      row('verify', ({ troubles }) => (troubles.length === 0 ? 'clean' : 'not clean')),
    ],
    {
      border: getBorderCharacters('void'),
      columnDefault: { paddingLeft: 0, paddingRight: 2, wrapWord: true, width: 44 },
      columns: { 0: { width: 30 } },
      drawHorizontalLine: () => false,
    },
  );
}

/** The first cases of each sort, for whoever looks for the cause. */
export function casesText({ kind, tally, troubles, verdict }: LaneResult): string {
  const sorts = { ...{ lost: verdict.lost, duplicated: verdict.duplicated, invented: verdict.invented }, mishaps: tally.mishaps, troubles };
  return Object.entries(sorts)
    .flatMap(([sort, cases]) => cases.slice(0, MOST_CASES).map((each) => `${kind}, ${sort}: ${each}\n`))
    .join('');
}

function counted(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .filter(([name]) => name !== 'none')
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}

function summed(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const counts of all) for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
  return sums;
}
