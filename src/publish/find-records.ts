import { sql } from 'kysely';
import type { Ledger } from '../db/open-ledger.ts';
import type { RecordKey, Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';

/** A record that a text may mean. */
export interface FoundRecord {
  readonly connector: string;
  readonly connection: string;
  readonly stream: Stream;
  readonly record_key: string;
  readonly record_id: string;
  readonly status: string | null;
  readonly source_status: string | null;
  readonly is_present: boolean;
  readonly workflow_name: string | null;
  readonly status_since_at: Instant;
}

/** connection/stream/id; the id may have slashes of its own */
const KEY = /^(.+?)\/(runs|documents)\/(.+)$/s;

/**
 * The records that a text may mean: those with that very id in whatever connection and stream, and the one of that key
 * (`connection/stream/id`). None where there is none.
 */
export async function findRecords(ledger: Pick<Ledger, 'db'>, text: string): Promise<readonly FoundRecord[]> {
  // No text in the ledger has one, and Postgres refuses the question.
  if (text.includes('\u0000')) return [];
  const key = readKey(text);
  const { rows } = await sql<FoundRecord>`
    select connector, connection, stream, record_key, record_id, status, source_status, is_present, workflow_name, status_since_at
    from runledger.all_records
    where record_id in (${text}, ${key?.recordId ?? text})
      and (record_id = ${text} or (connection = ${key?.connection ?? ''} and stream = ${key?.stream ?? ''}))
    order by connection, stream, record_id`.execute(ledger.db);
  return rows;
}

function readKey(text: string): RecordKey | null {
  const [, connection, stream, recordId] = KEY.exec(text) ?? [];
  if (connection === undefined || stream === undefined || recordId === undefined) return null;
  return { connection, stream: stream as Stream, recordId };
}
