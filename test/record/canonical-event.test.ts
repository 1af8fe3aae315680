import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalEvent, chainHash, type EventRow } from '../../src/record/canonical-event.ts';
import { detailsDigest, errorDigest, eventDetails } from '../../src/record/event-details.ts';
import type { Instant } from '../../src/model/instant.ts';

const at = (text: string): Instant => text as Instant;

const EVENT: EventRow = {
  position: 9007199254740993n,
  connection: 'noxus-main',
  stream: 'runs',
  record_id: 'rün/1 "x"\u2028',
  sequence: 2,
  attempt: 1,
  event_type: 'status_changed',
  from_status: 'running',
  to_status: 'failed',
  source_status: 'failed',
  status_reason: null,
  occurred_at: at('2026-03-01T10:00:05.000001Z'),
  reported_at: at('2026-03-01T10:00:05.000001Z'),
  earliest_at: at('2026-03-01T10:00:05.000001Z'),
  latest_at: at('2026-03-01T10:00:05.000001Z'),
  recorded_at: at('2026-03-01T10:01:00.123456Z'),
  facts: {
    finished_at: at('2026-03-01T10:00:05.000001Z'),
    errored_node_count: 3,
    tags: ['a', 'b'],
    error_digest: 'ab12',
    workflow_id: null,
  },
  anomalies: ['clock_skew'],
  details_digest: '00ff',
  response_id: 7n,
  sync_id: null,
};

const CANONICAL =
  '{"anomalies":["clock_skew"],"attempt":1,"connection":"noxus-main","details_digest":"00ff","earliest_at":"2026-03-01T10:00:05.000001Z",' +
  '"event_type":"status_changed","facts":{"error_digest":"ab12","errored_node_count":3,"finished_at":"2026-03-01T10:00:05.000001Z",' +
  '"tags":["a","b"],"workflow_id":null},"from_status":"running","latest_at":"2026-03-01T10:00:05.000001Z",' +
  '"occurred_at":"2026-03-01T10:00:05.000001Z","position":"9007199254740993","record_id":"rün/1 \\"x\\"\u2028",' +
  '"recorded_at":"2026-03-01T10:01:00.123456Z","reported_at":"2026-03-01T10:00:05.000001Z","response_id":"7","sequence":2,' +
  '"source_status":"failed","status_reason":null,"stream":"runs","sync_id":null,"to_status":"failed"}';

describe('the canonical form of an event', () => {
  it('is the same to the byte, for ever', () => {
    expect(canonicalEvent(EVENT)).toBe(CANONICAL);
  });

  it('does not depend on the order in which facts were set', () => {
    const facts = Object.fromEntries(Object.entries(EVENT.facts).reverse());
    expect(canonicalEvent({ ...EVENT, facts })).toBe(CANONICAL);
  });

  it('is chained by the sha-256 of the hash before and its UTF-8 bytes', () => {
    const genesis = createHash('sha256').update('runledger genesis').digest();
    const expected = createHash('sha256')
      .update(Buffer.concat([genesis, Buffer.from(CANONICAL, 'utf8')]))
      .digest('hex');
    expect(chainHash(genesis, EVENT).toString('hex')).toBe(expected);
    expect(expected).toBe('81db2d384cd2653ab87e77dc81b3fd93bc76a07b8d3f6b60dadef6e202a3922e');
  });

  it('covers every column: a change of any one changes the hash', () => {
    const genesis = Buffer.alloc(32);
    const hash = chainHash(genesis, EVENT).toString('hex');
    for (const column of Object.keys(EVENT) as (keyof EventRow)[]) {
      const changed = { ...EVENT, [column]: typeof EVENT[column] === 'bigint' ? 1n : 'changed' };
      expect(chainHash(genesis, changed).toString('hex'), column).not.toBe(hash);
    }
  });
});

describe('the details of an event', () => {
  it('are there only where there is an error or a body', () => {
    expect(eventDetails(null, null)).toBeNull();
    expect(eventDetails('boom', null)?.error).toBe('boom');
  });

  it('have a digest over salt and content that the same content under another salt does not share', () => {
    const [a, b] = [eventDetails('boom', { id: '1' }), eventDetails('boom', { id: '1' })];
    if (a === null || b === null) throw new Error('no details');
    expect(a.digest).not.toEqual(b.digest);
    expect(detailsDigest(a.salt, 'boom', { id: '1' })).toEqual(a.digest);
    expect(detailsDigest(a.salt, 'boom', { id: '2' })).not.toEqual(a.digest);
  });

  it('do not depend on the order of the keys of a body, which jsonb does not keep', () => {
    const salt = Buffer.from('00112233', 'hex');
    expect(detailsDigest(salt, null, { b: 1, a: [1, { d: 1, c: 2 }] })).toEqual(
      detailsDigest(salt, null, { a: [1, { c: 2, d: 1 }], b: 1 }),
    );
  });

  it('compare error texts of one record, and tell nothing across records', () => {
    const [one, other] = [Buffer.alloc(16, 1), Buffer.alloc(16, 2)];
    expect(errorDigest(one, 'boom')).toBe(errorDigest(one, 'boom'));
    expect(errorDigest(one, 'boom')).not.toBe(errorDigest(one, 'bang'));
    expect(errorDigest(one, 'boom')).not.toBe(errorDigest(other, 'boom'));
  });
});
