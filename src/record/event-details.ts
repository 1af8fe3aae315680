import { createHash, createHmac, randomBytes } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { JsonValue } from '../model/observation.ts';

/** What of an event redaction can take away: a row of `runledger.details`. */
export interface EventDetails {
  readonly salt: Buffer;
  readonly error: string | null;
  readonly body: JsonValue;
  /** What the event keeps of it: without the salt it tells nothing of the content, not even by guessing. */
  readonly digest: Buffer;
}

/** @returns null where there is nothing to keep */
export function eventDetails(error: string | null, body: JsonValue): EventDetails | null {
  if (error === null && body === null) return null;
  const salt = randomBytes(16);
  return { salt, error, body, digest: detailsDigest(salt, error, body) };
}

/** sha-256 over the salt and the canonical JSON (RFC 8785) of `{"body":…,"error":…}` */
export function detailsDigest(salt: Uint8Array, error: string | null, body: JsonValue): Buffer {
  const content = canonicalize({ error, body }) ?? '';
  return createHash('sha256').update(salt).update(content, 'utf8').digest();
}

/** The key under which a record's error texts are compared; it is deleted by redaction. */
export function newRecordSalt(): Buffer {
  return randomBytes(16);
}

/** @returns hex of hmac-sha-256: equal for equal texts of one record, and telling nothing without the record's salt */
export function errorDigest(recordSalt: Uint8Array, error: string): string {
  return createHmac('sha256', recordSalt).update(error, 'utf8').digest('hex');
}
