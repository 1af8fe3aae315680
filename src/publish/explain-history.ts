import { sql, type Kysely, type Transaction } from 'kysely';
import type { Ledger } from '../db/open-ledger.ts';
import type { LedgerTables } from '../db/tables.ts';
import type { RecordKey } from '../model/event.ts';
import type { JsonValue } from '../model/observation.ts';
import { readHistory, type HistoryEvent, type RecordHistory } from './read-history.ts';

/**
 * What became of the error text and the body that came with an event: `kept`; `redacted`; `none`, there were none, or the payload policy keeps none;
 * `not_readable`, this database user may not read them.
 */
export type DetailsState = 'kept' | 'redacted' | 'none' | 'not_readable';

/** An event with all that led to it: the sync, the request, its answer, and what was seen in it. */
export interface ExplainedEvent extends HistoryEvent {
  readonly sync_host: string | null;
  readonly sync_mode: 'incremental' | 'full' | null;
  readonly sync_status: string | null;
  readonly details: DetailsState;
  readonly error: string | null;
  readonly body: JsonValue;
  /** hex */
  readonly details_digest: string | null;
  /** hex */
  readonly chain_hash: string;
}

export interface ExplainedHistory extends RecordHistory {
  readonly events: readonly ExplainedEvent[];
}

type Explanation = Omit<ExplainedEvent, keyof HistoryEvent> & Pick<HistoryEvent, 'position'>;

/** @returns null where the ledger has no such record */
export async function explainHistory(ledger: Pick<Ledger, 'db'>, key: RecordKey): Promise<ExplainedHistory | null> {
  const history = await readHistory(ledger, key);
  if (history === null) return null;
  // Events are never changed, and those that came meanwhile are not in the history.
  const explanations = await readExplanations(ledger.db, key, await mayReadDetails(ledger.db));
  const byPosition = new Map(explanations.map((explanation) => [explanation.position, explanation]));
  return {
    ...history,
    events: history.events.map((event) => ({ ...event, ...(byPosition.get(event.position) as Explanation) })),
  };
}

type Db = Kysely<LedgerTables> | Transaction<LedgerTables>;

async function mayReadDetails(db: Db): Promise<boolean> {
  const { rows } = await sql<{ may: boolean }>`select has_table_privilege('runledger.details', 'select') as may`.execute(db);
  return rows[0]?.may === true;
}

async function readExplanations(db: Db, { connection, stream, recordId }: RecordKey, hasDetails: boolean): Promise<readonly Explanation[]> {
  const details = hasDetails
    ? sql`case when e.details_digest is null then 'none' when d.salt is null then 'redacted' else 'kept' end as details, d.error, d.body`
    : sql`case when e.details_digest is null then 'none' else 'not_readable' end as details, null as error, null::jsonb as body`;
  const join = hasDetails ? sql`left join runledger.details d on d.position = e.position` : sql``;
  const { rows } = await sql<Explanation>`
    select e.position, e.sync_host, e.sync_mode, e.sync_status, ${details},
      encode(e.details_digest, 'hex') as details_digest, encode(e.chain_hash, 'hex') as chain_hash
    from runledger.event_evidence e
    ${join}
    where e.connection = ${connection} and e.stream = ${stream} and e.record_id = ${recordId}
    order by e.sequence`.execute(db);
  return rows;
}
