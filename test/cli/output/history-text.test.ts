import { describe, expect, it } from 'vitest';
import { historyText } from '../../../src/cli/output/history-text.ts';
import type { Instant } from '../../../src/model/instant.ts';
import type { HistoryAttempt, HistoryEvent, HistoryRecord, RecordHistory } from '../../../src/publish/read-history.ts';

const at = (time: string) => `2025-11-03T${time}Z` as Instant;
const CREATED = at('12:00:00.250000');
const SENT = at('12:05:00.000000');
const RECEIVED = at('12:05:00.500000');

const RECORD: HistoryRecord = {
  connector: 'noxus',
  connection: 'main',
  stream: 'runs',
  record_key: 'main/runs/r1',
  record_id: 'r1',
  status: 'running',
  source_status: 'awaiting_human_feedback',
  status_reason: 'waiting_for_person',
  is_terminal: false,
  is_present: true,
  is_redacted: false,
  attempt: 1,
  workflow_id: 'w1',
  workflow_name: 'Onboarding',
  collection_id: null,
  error: null,
  created_at: CREATED,
  status_since_at: RECEIVED,
  status_since_earliest_at: SENT,
  status_since_latest_at: RECEIVED,
  confirmed_at: RECEIVED,
  is_stale: false,
  missing_since_at: null,
};

const ATTEMPT: HistoryAttempt = {
  attempt: 1,
  attempt_key: null,
  queued_at: CREATED,
  queued_earliest_at: CREATED,
  queued_latest_at: CREATED,
  started_at: RECEIVED,
  started_earliest_at: SENT,
  started_latest_at: RECEIVED,
  finished_at: null,
  finished_earliest_at: null,
  finished_latest_at: null,
  outcome: null,
  error: null,
  is_flap: false,
  queue_low_seconds: 120,
  queue_seconds: 150,
  queue_high_seconds: 180,
  run_low_seconds: null,
  run_seconds: null,
  run_high_seconds: null,
  total_low_seconds: 120,
  total_seconds: null,
  total_high_seconds: null,
};

const SEEN: HistoryEvent = {
  position: 12_345n,
  sequence: 2,
  attempt: 1,
  event_type: 'status_changed',
  from_status: 'queued',
  to_status: 'running',
  source_status: 'awaiting_human_feedback',
  status_reason: 'waiting_for_person',
  occurred_at: RECEIVED,
  reported_at: null,
  earliest_at: SENT,
  latest_at: RECEIVED,
  recorded_at: RECEIVED,
  facts: { tags: ['a', 'b'], started_at: null },
  anomalies: ['clock_skew'],
  sync_id: 7n,
  sync_started_at: SENT,
  runledger_version: '0.1.0',
  response_id: 9n,
  response_method: 'GET',
  response_path: '/v1/runs?page=1&size=100',
  response_page: '1',
  response_status: 200,
  response_request_id: 'req-1',
  response_server_date: null,
  response_sent_at: SENT,
  response_received_at: RECEIVED,
};

const history = (differing: Partial<RecordHistory> = {}): string =>
  historyText({ record: RECORD, attempts: [ATTEMPT], events: [SEEN], ...differing }, null);

describe('the history of a record', () => {
  it('shows what it is, its attempts, and each event with when and how it is known', () => {
    expect(history()).toBe(
      [
        'main/runs/r1, Onboarding',
        'running (source: awaiting_human_feedback, waiting_for_person) since some time between 2025-11-03T12:05:00Z and 2025-11-03T12:05:00.5Z',
        'confirmed 2025-11-03T12:05:00.5Z',
        '',
        'attempt  queued                started                  finished  outcome  queue       run  total',
        '1        2025-11-03T12:00:00Z  by 2025-11-03T12:05:01Z  –         open     2 m to 3 m  –    over 2 m',
        '',
        '2. status_changed queued to running (source: awaiting_human_feedback, waiting_for_person), attempt 1, position 12345',
        '   when: between 2025-11-03T12:05:00Z and 2025-11-03T12:05:00.5Z',
        '   evidence: GET /v1/runs?page=1&size=100 (page 1): 200, request id req-1; sent 2025-11-03T12:05:00Z, received 2025-11-03T12:05:00.5Z; ' +
          'recorded 2025-11-03T12:05:00.5Z by sync 7 of runledger 0.1.0',
        '   set: tags ["a","b"], started_at null',
        '   odd: clock_skew',
        '',
      ].join('\n'),
    );
  });

  it('tells a reported time, a time without a lower bound and an event without an answer for what they are', () => {
    const reported = { ...SEEN, reported_at: CREATED, earliest_at: CREATED, latest_at: CREATED, response_id: null, sync_id: null };
    expect(history({ events: [reported, { ...SEEN, earliest_at: null }] })).toMatch(
      /when: 2025-11-03T12:00:00\.25Z, reported by the source\n {3}evidence: no answer of the source; recorded .* by no sync\n[^]*when: not later than 2025-11-03T12:05:00\.5Z\n/,
    );
    expect(history({ record: { ...RECORD, status_since_earliest_at: null } })).toContain('since 2025-11-03T12:05:00.5Z or before\n');
  });

  it('says so where a record is gone, missing, stale or redacted', () => {
    const record = { ...RECORD, is_present: false, is_stale: true, is_redacted: true, missing_since_at: SENT };
    const text = history({ record });
    for (const part of [
      'gone from the source\n',
      'missing at the source since 2025-11-03T12:05:00Z',
      'too long ago to rely on',
      'redacted: ',
    ]) {
      expect(text).toContain(part);
    }
  });

  it.each([80, 110, 200])('breaks no id and no time on a terminal of %i columns', (width) => {
    const id = '0b5e1c9a-8b39-4c1e-9f6e-2a3d7c0f4e11';
    const finished = {
      finished_at: RECEIVED,
      finished_earliest_at: SENT,
      finished_latest_at: RECEIVED,
      run_low_seconds: 1_144,
      run_high_seconds: 1_506,
    };
    const attempt = { ...ATTEMPT, ...finished, outcome: 'failed' } as const;
    const record = { ...RECORD, record_key: `main/runs/${id}`, record_id: id };
    const event = { ...SEEN, facts: { workflow_id: id, workflow_version_id: id } };
    const text = historyText({ record, attempts: [attempt, { ...attempt, attempt: 2 }], events: [event, event] }, width);
    const whole = historyText({ record, attempts: [attempt, { ...attempt, attempt: 2 }], events: [event, event] }, null);
    expect(wordsOf(text)).toEqual(expect.arrayContaining(wordsOf(whole)));
    expect(text.match(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*Z/g)).toHaveLength(whole.match(/\d{4}-\d\d-\d\dT/g)?.length ?? 0);
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(width);
  });

  it('on a narrow terminal tells each attempt in lines of its own', () => {
    expect(historyText({ record: RECORD, attempts: [ATTEMPT], events: [] }, 80)).toContain(
      ['attempt   1', 'queued    2025-11-03T12:00:00Z', 'started   by 2025-11-03T12:05:01Z', 'finished  –', 'outcome   open', ''].join(
        '\n',
      ),
    );
  });

  it('steers no terminal, whatever the source wrote', () => {
    const evil = 'x\u001b[2J\u009b\n\u202e';
    const text = history({
      record: { ...RECORD, workflow_name: evil, error: evil, source_status: evil },
      events: [{ ...SEEN, source_status: evil, response_path: evil, facts: { workflow_id: evil, tags: [evil] } }],
    });
    expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
  });
});

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
