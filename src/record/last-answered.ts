import { sql, type RawBuilder } from 'kysely';

/** The position of the last event of record `r` that an answer shows: of a redacted record it is not its last, because a redaction has none. */
export const LAST_ANSWERED: RawBuilder<bigint> = sql`
  case when r.is_redacted then (
    select max(a.position) from runledger.events a
    where a.connection = r.connection and a.stream = r.stream and a.record_id = r.record_id and a.response_id is not null
  ) else r.last_position end`;
