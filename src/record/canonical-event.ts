import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { EventFacts, EventType, Stream } from '../model/event.ts';
import type { Instant } from '../model/instant.ts';

/** A row of `runledger.events`, every column but chain_hash. bytea as hex. */
export interface EventRow {
  readonly position: bigint;
  readonly connection: string;
  readonly stream: Stream;
  readonly record_id: string;
  readonly sequence: number;
  readonly attempt: number;
  readonly event_type: EventType;
  readonly from_status: string | null;
  readonly to_status: string | null;
  readonly source_status: string | null;
  readonly status_reason: string | null;
  readonly occurred_at: Instant;
  readonly reported_at: Instant | null;
  readonly earliest_at: Instant | null;
  readonly latest_at: Instant;
  readonly recorded_at: Instant;
  readonly facts: EventFacts;
  readonly anomalies: readonly string[];
  readonly details_digest: string | null;
  readonly response_id: bigint | null;
  readonly sync_id: bigint | null;
}

/**
 * The hashed form of an event: canonical JSON (RFC 8785: keys sorted by UTF-16 code units, no white space) of an object with one member a column,
 * chain_hash left out. Times are `YYYY-MM-DDTHH:MM:SS.ffffffZ`, bigints decimal texts, bytea lower-case hex, sequence and attempt numbers,
 * facts an object, anomalies an array of texts, null where the column is null. It never changes: old ledgers are verified by it.
 */
export function canonicalEvent(row: EventRow): string {
  const text = canonicalize({
    position: row.position.toString(),
    connection: row.connection,
    stream: row.stream,
    record_id: row.record_id,
    sequence: row.sequence,
    attempt: row.attempt,
    event_type: row.event_type,
    from_status: row.from_status,
    to_status: row.to_status,
    source_status: row.source_status,
    status_reason: row.status_reason,
    occurred_at: row.occurred_at,
    reported_at: row.reported_at,
    earliest_at: row.earliest_at,
    latest_at: row.latest_at,
    recorded_at: row.recorded_at,
    facts: row.facts,
    anomalies: row.anomalies,
    details_digest: row.details_digest,
    response_id: row.response_id?.toString() ?? null,
    sync_id: row.sync_id?.toString() ?? null,
  });
  if (text === undefined) throw new TypeError('an event has no canonical form');
  return text;
}

/**
 * @param previous the 32 bytes of the event before, or the genesis value before the first
 * @returns sha-256 over `previous` and the UTF-8 bytes of the canonical form
 */
export function chainHash(previous: Uint8Array, row: EventRow): Buffer {
  return createHash('sha256').update(previous).update(canonicalEvent(row), 'utf8').digest();
}
