import { sql } from 'kysely';
import type { Ledger } from '../../src/db/open-ledger.ts';
import { foldEvent } from '../../src/diff/fold-event.ts';
import { SETS_STATUS, type Anomaly, type EventFacts, type EventType, type Interval, type Stream } from '../../src/model/event.ts';
import { parseInstant, type Instant } from '../../src/model/instant.ts';
import type { AttemptState, FoldState } from '../../src/model/record.ts';
import type { Status, StatusReason } from '../../src/model/status.ts';
import { appendEvents } from '../../src/record/append-events.ts';
import { eventDetails } from '../../src/record/event-details.ts';
import { insertDetails } from '../../src/record/insert-details.ts';
import { insertResponses } from '../../src/record/insert-responses.ts';
import { takeHead } from '../../src/record/take-head.ts';
import { upsertAttempts } from '../../src/record/upsert-attempts.ts';
import { upsertRecords } from '../../src/record/upsert-records.ts';

/** Reads `2026-03-01 10:00` as UTC. */
export function at(text: string): Instant {
  const instant = parseInstant(text);
  if (instant === null) throw new TypeError(`${text} is no time`);
  return instant;
}

export interface Step {
  readonly type?: EventType;
  readonly status?: Status | null;
  readonly word?: string | null;
  readonly reason?: StatusReason;
  readonly when: Interval;
  readonly facts?: EventFacts;
  readonly error?: string;
  readonly anomalies?: readonly Anomaly[];
  /** Nobody answered: no response is kept. */
  readonly isUnanswered?: boolean;
  /** The answer behind the step before is behind this one too. */
  readonly isSameAnswer?: boolean;
}

export type StepOptions = Omit<Step, 'when' | 'status'>;

/** A status with the source's own time of it. */
export function reported(status: Status, time: string, options: StepOptions = {}): Step {
  const instant = at(time);
  return { status, when: { at: instant, reportedAt: instant, earliestAt: instant, latestAt: instant }, ...options };
}

/** A status that was not yet so at `earliest` (null: nobody knows since when) and was so at `latest`. */
export function seen(status: Status | null, earliest: string | null, latest: string, options: StepOptions = {}): Step {
  return { status, when: interval(earliest, latest), ...options };
}

/** An event that sets no status. */
export function noted(type: EventType, earliest: string | null, latest: string, options: StepOptions = {}): Step {
  return { type, when: interval(earliest, latest), ...options };
}

function interval(earliest: string | null, latest: string): Interval {
  return { at: at(latest), reportedAt: null, earliestAt: earliest === null ? null : at(earliest), latestAt: at(latest) };
}

export interface RecordOptions {
  readonly connection?: string;
  readonly connector?: string;
  readonly stream?: Stream;
  readonly recordId?: string;
  readonly facts?: EventFacts;
}

export const CONNECTION = 'noxus-main';

export async function addStream(
  ledger: Ledger,
  { connection = CONNECTION, connector = 'noxus', stream = 'runs' }: Pick<RecordOptions, 'connection' | 'connector' | 'stream'> = {},
): Promise<void> {
  await sql`
    insert into runledger.connections (name, connector, base_url)
    values (${connection}, ${connector}, 'https://source.example')
    on conflict do nothing`.execute(ledger.db);
  await sql`
    insert into runledger.streams (connection, stream)
    values (${connection}, ${stream})
    on conflict do nothing`.execute(ledger.db);
}

export interface SyncOptions {
  readonly connection?: string;
  readonly stream?: Stream;
  readonly status?: string;
  readonly mode?: 'incremental' | 'full';
  readonly isComplete?: boolean;
  /** Of a full scan. Left out: where the sync is complete. */
  readonly isProven?: boolean;
  readonly hasDrift?: boolean;
  readonly rejected?: number;
  readonly unread?: number;
  readonly deferred?: number;
  readonly error?: string;
  readonly clockSkewSeconds?: number;
  readonly startedAt: Instant;
  readonly finishedAt?: Instant | null;
}

/** A sync of one stream that has ended (unless `finishedAt` is null), and what it leaves in `streams`. */
export async function addSync(ledger: Ledger, options: SyncOptions): Promise<bigint> {
  const { connection = CONNECTION, stream = 'runs', status = 'succeeded', mode = 'incremental', startedAt } = options;
  const isComplete = options.isComplete ?? status === 'succeeded';
  const finishedAt = options.finishedAt === undefined ? startedAt : options.finishedAt;
  const isProven = mode === 'full' && (options.isProven ?? isComplete);
  await addStream(ledger, { connection, stream });
  const { rows } = await sql<{ sync_id: bigint }>`
    insert into runledger.syncs (runledger_version, host, process_id, config_digest, status, started_at, finished_at)
    values ('0.1.0', 'a-host', 1, 'a-digest', 'succeeded', ${startedAt}::timestamptz, ${finishedAt}::timestamptz)
    returning sync_id`.execute(ledger.db);
  const syncId = (rows[0] as { sync_id: bigint }).sync_id;
  await sql`
    insert into runledger.sync_streams (
      sync_id, connection, stream, mode, status, is_complete, has_absence_proof, has_drift, rejected_count, unread_count, deferred_count,
      error, clock_skew_seconds, started_at, finished_at
    )
    values (
      ${syncId.toString()}::bigint, ${connection}, ${stream}, ${mode}, ${status}, ${isComplete}, ${isProven}, ${options.hasDrift ?? false},
      ${options.rejected ?? 0}, ${options.unread ?? 0}, ${options.deferred ?? 0},
      ${options.error ?? null}, ${options.clockSkewSeconds ?? null}, ${startedAt}::timestamptz, ${finishedAt}::timestamptz
    )`.execute(ledger.db);
  await sql`
    update runledger.streams
    set last_complete_at = case when ${isComplete} then ${finishedAt}::timestamptz else last_complete_at end,
      last_scan_tried_at = case when ${mode} = 'full' then ${startedAt}::timestamptz else last_scan_tried_at end,
      last_full_scan_at = case when ${isProven} then ${startedAt}::timestamptz else last_full_scan_at end
    where connection = ${connection} and stream = ${stream}`.execute(ledger.db);
  return syncId;
}

/** Appends the events of one new record and folds them into its rows, as recording does. Every answer arrived at its event's `latest`. */
export async function addRecord(ledger: Ledger, options: RecordOptions, steps: readonly Step[]): Promise<void> {
  const { connection = CONNECTION, stream = 'runs', recordId = 'r1' } = options;
  const key = { connection, stream, record_id: recordId };
  await addStream(ledger, options);
  const { rows } = await sql<{ sync_id: bigint }>`
    insert into runledger.syncs (runledger_version, host, process_id, config_digest, status, started_at)
    values ('0.1.0', 'a-host', 1, 'a-digest', 'succeeded', ${steps[0]?.when.latestAt ?? null}::timestamptz)
    returning sync_id`.execute(ledger.db);
  const syncId = (rows[0] as { sync_id: bigint }).sync_id;

  await ledger.db.transaction().execute(async (trx) => {
    const head = await takeHead(trx);
    let state: FoldState | null = null;
    let lastResponseId: bigint | null = null;
    const attempts = new Map<number, AttemptState>();
    const events = [];
    const details = [];
    for (const [index, step] of steps.entries()) {
      const type: EventType = step.type ?? (index === 0 ? 'discovered' : 'status_changed');
      const attempt: number = (state?.record.attempt ?? 1) + (type === 'reopened' ? 1 : 0);
      const position: bigint = head.position + BigInt(index) + 1n;
      const content = eventDetails(step.error ?? null, null);
      const facts: EventFacts = {
        ...(index === 0 ? options.facts : {}),
        ...(step.error === undefined ? {} : { error_digest: 'ee'.repeat(32) }),
        ...step.facts,
      };
      const responses = step.isUnanswered === true || step.isSameAnswer === true ? [] : [responseOf(step, recordId)];
      const [inserted = null] = await insertResponses(trx, syncId, responses);
      const responseId: bigint | null = step.isSameAnswer === true ? lastResponseId : inserted;
      lastResponseId = responseId;
      const fromStatus: Status | null = SETS_STATUS[type] ? (state?.record.status ?? null) : null;
      const toStatus = step.status ?? null;
      const sourceStatus = SETS_STATUS[type] ? (step.word === undefined ? toStatus : step.word) : null;
      const draft = {
        attempt,
        fromStatus,
        toStatus,
        sourceStatus,
        statusReason: step.reason ?? null,
        when: step.when,
        facts,
        anomalies: step.anomalies ?? [],
      };
      const folded: ReturnType<typeof foldEvent> = foldEvent(state, { ...draft, eventType: type, position, sequence: index + 1 });
      state = folded.state;
      if (folded.closed !== null) attempts.set(folded.closed.attempt, folded.closed);
      attempts.set(state.attempt.attempt, state.attempt);
      if (content !== null) details.push({ position, details: content });
      events.push({
        ...key,
        sequence: index + 1,
        attempt,
        event_type: type,
        from_status: fromStatus,
        to_status: toStatus,
        source_status: sourceStatus,
        status_reason: draft.statusReason,
        occurred_at: step.when.at,
        reported_at: step.when.reportedAt,
        earliest_at: step.when.earliestAt,
        latest_at: step.when.latestAt,
        facts,
        anomalies: draft.anomalies,
        details_digest: content?.digest.toString('hex') ?? null,
        response_id: responseId,
        sync_id: syncId,
      });
    }
    await appendEvents(trx, head, events);
    await insertDetails(trx, details);
    if (state !== null) await upsertRecords(trx, [{ key, record: state.record }]);
    await upsertAttempts(
      trx,
      [...attempts.values()].map((attempt) => ({ key, attempt })),
    );
  });
}

function responseOf(step: Step, recordId: string): Parameters<typeof insertResponses>[2][number] {
  return {
    method: 'GET',
    path: `/v1/runs/${recordId}`,
    page: null,
    status: step.type === 'disappeared' ? 404 : 200,
    serverDate: null,
    requestId: `request-of-${recordId}`,
    sentAt: step.when.earliestAt ?? step.when.latestAt,
    receivedAt: step.when.latestAt,
    skewMicros: 0n,
  };
}

export interface SightingOptions extends Pick<RecordOptions, 'connection' | 'stream' | 'recordId'> {
  readonly lastReadAt: Instant;
  readonly missingSinceAt?: Instant;
  readonly nextReadReason?: 'confirm' | 'detail' | 'absence';
  /** Left out: a list that shows all records showed it. */
  readonly isListed?: boolean;
  readonly progressPercent?: number;
  readonly lastActivity?: string;
}

/** The last reading of a record that is open, or to be read again. */
export async function addSighting(ledger: Ledger, options: SightingOptions): Promise<void> {
  const { connection = CONNECTION, stream = 'runs', recordId = 'r1', lastReadAt } = options;
  await sql`
    insert into runledger.sightings
      (connection, stream, record_id, first_seen_at, last_sent_at, last_received_at, last_tried_at, missing_since_at, next_read_at, next_read_reason,
      is_listed, progress_percent, last_activity)
    values (
      ${connection}, ${stream}, ${recordId}, ${lastReadAt}::timestamptz, ${lastReadAt}::timestamptz, ${lastReadAt}::timestamptz,
      ${lastReadAt}::timestamptz, ${options.missingSinceAt ?? null}::timestamptz,
      ${options.nextReadReason === undefined ? null : lastReadAt}::timestamptz, ${options.nextReadReason ?? null}, ${options.isListed ?? true},
      ${options.progressPercent ?? null}, ${options.lastActivity ?? null}
    )`.execute(ledger.db);
}

export async function nameWorkflow(ledger: Ledger, workflowId: string, name: string): Promise<void> {
  await sql`
    insert into runledger.workflows (connection, workflow_id, name, seen_at)
    values (${CONNECTION}, ${workflowId}, ${name}, now())`.execute(ledger.db);
}
