import { sql, type Kysely } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import {
  countPresent,
  fromPending,
  fromPresent,
  isFound,
  isListed,
  MOST_BY_ID,
  waitsForOthers,
  type AbsentCount,
  type ProvenScan,
} from './absences.ts';
import { keysetPages } from './keyset-pages.ts';
import { ABSENT_COLUMNS, absentTarget, type AbsentRow, type AbsentTarget } from './select-absent.ts';

/** What this process alone knows of a scan: a dry run writes nothing of it down. */
export interface ScanInMemory {
  readonly isSeen: (recordId: string) => boolean;
  /** Whether a record was asked for by its id since. */
  readonly isAsked: (recordId: string) => boolean;
}

/**
 * What `countAbsent` and `markAbsent` would come to, of a scan that is kept in memory: the counts, and the records as they would be marked, those that lists show first.
 * What was seen is not sent to the database: without statistics Postgres before 16 would hold each record against all of it.
 */
export async function selectUnseen(
  db: Kysely<LedgerTables>,
  scan: ProvenScan,
  { isSeen, isAsked }: ScanInMemory,
): Promise<AbsentCount & { readonly targets: readonly AbsentTarget[] }> {
  const present = await sql<{ present: bigint }>`${countPresent(scan)}`.execute(db);
  const pending = await sql<{ record_id: string }>`select q.record_id ${fromPending(scan)}`.execute(db);
  const isPending = pending.rows.some((row) => !isAsked(row.record_id));
  const unseen: UnseenRow[] = [];
  for await (const page of keysetPages<UnseenRow>((last) => readPage(db, scan, isPending, last?.record_id ?? null))) {
    unseen.push(...page.filter((row) => !isSeen(row.record_id)));
  }
  const byId = unseen.filter((row) => !row.is_expected && row.is_free).toSorted((a, b) => compare(a.last_tried_at, b.last_tried_at));
  const marked = [...unseen.filter((row) => row.is_expected), ...byId.slice(0, MOST_BY_ID)];
  return {
    present: Number(present.rows[0]?.present ?? 0n),
    absent: unseen.filter((row) => row.is_found).length,
    unseen: unseen.length,
    targets: marked.map((row) => ({
      ...absentTarget(row),
      unseenFirstAt: row.unseen_first_at ?? scan.endedAt,
      unseenLastAt: row.is_held_up ? row.unseen_last_at : scan.endedAt,
    })),
  };
}

interface UnseenRow extends AbsentRow {
  /** Whether the scan finds it absent. */
  readonly is_found: boolean;
  /** Whether a list should have shown it. */
  readonly is_expected: boolean;
  /** Whether it is no further along than the scan before, until others have been asked for. */
  readonly is_held_up: boolean;
  /** Whether nothing else is to be read of it. */
  readonly is_free: boolean;
}

const PAGE_ROWS = 10_000;

async function readPage(
  db: Kysely<LedgerTables>,
  scan: ProvenScan,
  isPending: boolean,
  after: string | null,
): Promise<readonly UnseenRow[]> {
  const pending = sql`${isPending}::boolean`;
  const { rows } = await sql<UnseenRow>`
    select ${ABSENT_COLUMNS}, coalesce(${isFound(scan, pending)}, false) as is_found, ${isListed(scan)} as is_expected,
      s.unseen_last_at is not null and ${pending} and ${waitsForOthers(scan)} as is_held_up,
      coalesce(s.next_read_reason = 'absence', true) as is_free
    ${fromPresent(scan, 'any')} and (${after}::text is null or r.record_id > ${after}::text)
    order by r.record_id
    limit ${PAGE_ROWS}`.execute(db);
  return rows;
}

function compare(one: string | null, other: string | null): number {
  return (one ?? '') < (other ?? '') ? -1 : (one ?? '') > (other ?? '') ? 1 : 0;
}
