import { sql } from 'kysely';
import type { Ledger } from '../../db/open-ledger.ts';
import type { PlannedEvent, SyncResult } from '../../model/sync-result.ts';
import type { Member } from './demo-cast.ts';
import { CONNECTION_NAMES } from './demo-sources.ts';

export interface FollowedEvent extends PlannedEvent {
  /** The workflow of a run, the name of a document: what the story calls it by. */
  readonly name: string;
}

/** What a sync appended of those that the story follows, in the order of the ledger. */
export async function readFollowed(
  ledger: Pick<Ledger, 'db'>,
  { sync_id: syncId }: SyncResult,
  cast: readonly Member[],
): Promise<readonly FollowedEvent[]> {
  const members = cast.map(({ source, stream, name, record }) => ({
    connection: CONNECTION_NAMES[source],
    stream,
    record_id: record.id,
    name,
  }));
  const { rows } = await sql<FollowedEvent>`
    select
      m.name,
      e.connection, e.stream, e.record_id, e.event_type, e.attempt, e.from_status, e.to_status, e.source_status, e.occurred_at, e.anomalies
    from jsonb_to_recordset(${JSON.stringify(members)}::jsonb) as m(connection text, stream text, record_id text, name text)
    join runledger.events e using (connection, stream, record_id)
    where e.sync_id = ${syncId}
    order by e.position`.execute(ledger.db);
  return rows;
}
