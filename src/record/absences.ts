import { sql, type Kysely, type RawBuilder, type Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import type { Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';
import { LAST_ANSWERED } from './last-answered.ts';
import { hashOf } from './scans.ts';

/** What a full scan of a stream showed, as far as absence follows from it. */
export interface ProvenScan {
  readonly connection: string;
  readonly stream: Stream;
  /** Of the list, and of what else this sync saw: what any of them saw is there. */
  readonly scanIds: readonly bigint[];
  /** Parents proven gone and their records with them; those whose records may live on without them; and what of a record names its parent. */
  readonly goneParents: readonly string[];
  readonly abandoning: readonly string[];
  readonly parentFact: 'collection_id' | 'workflow_id' | null;
  /** When the scan had read its last answer. */
  readonly endedAt: Instant;
}

export interface AbsentCount {
  /** Records that the ledger has as present. */
  readonly present: number;
  /**
   * Of them, those that the scan did not see although its lists had shown them, or although a gone parent explains it. What a parent may have left behind, and what
   * only reads by id show, counts once all of it was asked for by its id, and then together.
   */
  readonly absent: number;
  /** The same, with those that only reads by id ever showed: no list says anything of them. */
  readonly unseen: number;
}

/** What a full scan did not see. */
export async function countAbsent(db: Kysely<LedgerTables>, scan: ProvenScan): Promise<AbsentCount> {
  // Without statistics of a table that has just been filled the planner would look up each record by itself.
  await sql`analyze runledger.scan_seen`.execute(db);
  const { rows } = await sql<{ present: bigint; absent: bigint; unseen: bigint }>`
    select count(*) as unseen, count(*) filter (where ${isFound(scan)}) as absent, (${countPresent(scan)}) as present
    ${fromUnseen(scan, 'any')}`.execute(db);
  const row = rows[0] as { present: bigint; absent: bigint; unseen: bigint };
  return { present: Number(row.present), absent: Number(row.absent), unseen: Number(row.unseen) };
}

export function countPresent({ connection, stream }: ProvenScan): RawBuilder<unknown> {
  return sql`select count(*) as present from runledger.records p where p.connection = ${connection} and p.stream = ${stream} and p.is_present`;
}

/** Whether a scan finds a record absent that it did not see. What an earlier scan found, and nobody objected to, is not found a second time. */
export function isFound(scan: ProvenScan, pending = isPending(scan)): RawBuilder<unknown> {
  return sql`
    case when ${waitsForOthers(scan)}
      then s.next_read_reason = 'absence' and s.unseen_last_at = s.unseen_first_at and not ${pending}
      else s.next_read_reason is distinct from 'absence' end`;
}

/** What a parent may have left behind, and what only reads by id show: none of it is further along than the last of it. */
export function waitsForOthers(scan: ProvenScan): RawBuilder<unknown> {
  return sql`(${isOf(scan, scan.abandoning)} or not ${isListed(scan)})`;
}

/** Whether a list that shows all should have shown it: one that never did is only gone if its parent is. */
export function isListed(scan: ProvenScan): RawBuilder<unknown> {
  return sql`(coalesce(s.is_listed, true) or ${isOrphan(scan)})`;
}

/**
 * Marks as missing what a full scan did not see: to be confirmed by reads by id, in this sync or in later ones. A finished record is watched for this
 * alone, from the last moment when it is known to have been there: its last event, or the full scan before that saw it unchanged.
 */
export async function markAbsent(trx: Transaction<LedgerTables>, scan: ProvenScan, syncId: bigint): Promise<void> {
  // Whatever becomes of this sync: the disappearances that follow, in it or in later ones, rest on this proof.
  await sql`
    update runledger.sync_streams set has_absence_proof = true
    where sync_id = ${syncId.toString()}::bigint and connection = ${scan.connection} and stream = ${scan.stream} and status = 'running'`.execute(
    trx,
  );
  await sql`
    insert into runledger.sightings (connection, stream, record_id, first_seen_at, last_sent_at, last_received_at, last_server_date, sync_id, last_tried_at,
      missing_since_at, unseen_first_at, unseen_last_at, next_read_at, next_read_reason, is_listed, was_listed)
    select r.connection, r.stream, r.record_id, w.received_at, coalesce(f.at, w.sent_at), coalesce(f.at, w.received_at),
      case when f.at is null then w.server_date end, coalesce(f.sync_id, w.sync_id), least(coalesce(f.at, w.sent_at), ${scan.endedAt}::timestamptz),
      ${scan.endedAt}::timestamptz, ${scan.endedAt}::timestamptz, ${scan.endedAt}::timestamptz, ${scan.endedAt}::timestamptz, 'absence', true, true
    ${fromUnseen(
      scan,
      'listed',
      sql`
      join runledger.events e on e.position = ${LAST_ANSWERED}
      join runledger.responses w on w.response_id = e.response_id
      left join (
        -- The last one and not the latest moment: our clock may have been set back since.
        select y.sync_id, y.started_at as at from runledger.sync_streams y
        where y.connection = ${scan.connection} and y.stream = ${scan.stream} and y.has_absence_proof and y.status <> 'running'
        order by y.sync_id desc
        limit 1
      ) f on f.sync_id > w.sync_id`,
    )}
    order by r.record_id
    on conflict (connection, stream, record_id) do update set
      missing_since_at = coalesce(sightings.missing_since_at, excluded.missing_since_at),
      unseen_first_at = coalesce(sightings.unseen_first_at, excluded.unseen_first_at),
      unseen_last_at = case when ${isWaiting(scan)} then sightings.unseen_last_at else excluded.unseen_last_at end,
      next_read_at = coalesce(sightings.next_read_at, excluded.next_read_at),
      next_read_reason = 'absence'`.execute(trx);
  await sql`
    update runledger.sightings s
    set next_read_at = ${scan.endedAt}::timestamptz, next_read_reason = 'absence',
      unseen_first_at = coalesce(s.unseen_first_at, ${scan.endedAt}::timestamptz), unseen_last_at = case when s.unseen_last_at is not null and ${isPending(scan)} then s.unseen_last_at else ${scan.endedAt}::timestamptz end
    from (
      select s.record_id
      ${fromUnseen(scan, 'read by id')} and (s.next_read_reason is null or s.next_read_reason = 'absence')
      order by s.last_tried_at, s.record_id
      limit ${MOST_BY_ID}
    ) u
    where s.connection = ${scan.connection} and s.stream = ${scan.stream} and s.record_id = u.record_id`.execute(trx);
}

/** Records that no list shows are asked for by id, so many a scan: there may be very many, and a request each. */
export const MOST_BY_ID = 1_000;

/** Those that no list of the scan and no read of the sync showed. */
function fromUnseen(scan: ProvenScan, which: Silent, joins: RawBuilder<unknown> = sql``): RawBuilder<unknown> {
  const ids = scan.scanIds.map((id) => id.toString());
  return sql`
    ${fromPresent(scan, which, joins)}
      and not exists (
        select from runledger.scan_seen n
        where n.scan_id = any(${ids}::bigint[]) and n.record_hash = ${hashOf(sql`r.record_id`)}
      )`;
}

/** Whose silence is looked for: of all that lists or reads by id have shown, or of those alone that a list, or that only a read by id has. */
type Silent = 'any' | 'listed' | 'read by id';

/**
 * Present records whose silence tells something. That of a record that was never in the list that shows all, and that no read by id ever showed, does so only if its
 * parent is gone.
 */
export function fromPresent(scan: ProvenScan, which: Silent, joins: RawBuilder<unknown> = sql``): RawBuilder<unknown> {
  const listed = isListed(scan);
  const byId = sql`(not ${listed} and s.is_answered)`;
  const condition = { any: sql`(${listed} or s.is_answered)`, listed, 'read by id': byId }[which];
  const { connection, stream } = scan;
  return sql`
    from runledger.records r
    left join runledger.sightings s on s.connection = r.connection and s.stream = r.stream and s.record_id = r.record_id
    ${joins}
    where r.connection = ${connection} and r.stream = ${stream} and r.is_present
      and ${condition}`;
}

/**
 * Whether some of what a parent may have left behind, or only reads by id show, was not asked for by its id since a scan first did not see it. Until all of it was, none of
 * it is further along than that scan: or it would vanish little by little, each time too few to be noticed.
 */
function isPending(scan: ProvenScan): RawBuilder<unknown> {
  return sql`exists (select ${fromPending(scan)})`;
}

export function fromPending(scan: ProvenScan): RawBuilder<unknown> {
  const parentId = scan.parentFact === null ? sql`null` : sql.ref(`p.${scan.parentFact}`);
  return sql`
    from runledger.sightings q
    join runledger.records p using (connection, stream, record_id)
    where q.connection = ${scan.connection} and q.stream = ${scan.stream} and q.next_read_reason = 'absence' and p.is_present
      and (not q.is_listed or coalesce(${parentId} = any(${scan.abandoning}::text[]), false))
      and q.last_tried_at < q.unseen_first_at`;
}

/** Whether a record whose sighting is written anew is of those that wait for the others. */
function isWaiting(scan: ProvenScan): RawBuilder<unknown> {
  if (scan.parentFact === null) return sql`false`;
  return sql`sightings.unseen_last_at is not null and ${isPending(scan)} and exists (
    select from runledger.records o
    where o.connection = sightings.connection and o.stream = sightings.stream and o.record_id = sightings.record_id
      and ${sql.ref(`o.${scan.parentFact}`)} = any(${scan.abandoning}::text[])
  )`;
}

function isOrphan(scan: ProvenScan): RawBuilder<unknown> {
  return isOf(scan, scan.goneParents);
}

function isOf({ parentFact }: ProvenScan, parentIds: readonly string[]): RawBuilder<unknown> {
  return parentFact === null ? sql`false` : sql`coalesce(${sql.ref(`r.${parentFact}`)} = any(${parentIds}::text[]), false)`;
}
