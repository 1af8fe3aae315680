import { sql } from 'kysely';
import { expect } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { Stream } from '../../src/model/event.ts';
import type { Instant } from '../../src/model/instant.ts';
import { readEvents } from './hold-against-truth.ts';
import type { System } from './mixed-rig.ts';
import type { ShownRecord, TrueEntry } from './system-truth.ts';

type StoredEvent = Awaited<ReturnType<typeof readEvents>>[number];

/**
 * Law 10 over several systems: every status that an event claims was entered in truth within its interval, each entry claimed once and in order, what is claimed as
 * reported is the moment itself, an attempt's key is that of the attempt, and what is said to have disappeared was deleted within the interval.
 */
export async function expectNothingInventedIn(ledger: Ledger, systems: readonly System[]): Promise<void> {
  const byName = new Map<string, System>(systems.map((system) => [system.name, system]));
  const histories = Map.groupBy(await readEvents(ledger), (event) => `${event.connection}/${event.stream}/${event.record_id}`);
  for (const [key, history] of histories) {
    const [first] = history;
    const system = byName.get(first?.connection ?? '');
    if (first === undefined || system === undefined) throw new Error(`${key} is of no system`);
    holdHistory(key, history, truthOf(system, first.stream, first.record_id, key));
  }
}

interface Truth {
  readonly entries: readonly TrueEntry[];
  readonly deletedAt: Instant | null;
}

function truthOf({ world, truth }: System, stream: Stream, recordId: string, key: string): Truth {
  const run = stream === 'runs' ? world.run(recordId) : null;
  if (run !== null) return { entries: truth.runEntries(run), deletedAt: run.deletedAt };
  const document = stream === 'documents' ? world.document(truth.documentOfRecord(recordId)) : null;
  if (document !== null) return { entries: truth.documentEntries(document), deletedAt: document.deletedAt };
  throw new Error(`the ledger has a record ${key} that never was`);
}

function holdHistory(key: string, history: readonly StoredEvent[], { entries, deletedAt }: Truth): void {
  let next = 0;
  let attemptKey: unknown = null;
  const attempts = new Map<number, number>();
  for (const event of history) {
    const told = (): string =>
      `event ${event.position} of ${key}: ${event.event_type} ${event.to_status ?? ''} (${event.source_status ?? ''}) in [${event.earliest_at ?? ''}, ${event.latest_at}], attempt ${event.attempt} by ${String(attemptKey)}; truth ${entries.map(({ words, attempt, at, key: own }) => `${words.join('|')}#${attempt}@${at}${own === null ? '' : ` by ${own}`}`).join(' ')}`;
    if (event.anomalies.length > 0 || event.event_type === 'reappeared') throw new Error(`${event.anomalies.join(', ')}: ${told()}`);
    if ('attempt_key' in event.facts) attemptKey = event.facts['attempt_key'];
    if (event.event_type === 'disappeared' && (deletedAt === null || !isWithin(event, deletedAt)))
      throw new Error(`it was not deleted then: ${told()}`);
    if (event.to_status === null) continue;
    const known = attempts.get(event.attempt);
    const last = Math.max(0, ...attempts.values());
    const index = entries.findIndex(
      (entry, place) =>
        place >= next &&
        entry.status === event.to_status &&
        (event.source_status === null || entry.words.includes(event.source_status)) &&
        (entry.key === null || (entry.key === attemptKey && (known === undefined ? entry.attempt > last : entry.attempt === known))) &&
        isWithin(event, entry.at),
    );
    const entry = entries[index];
    if (entry === undefined) throw new Error(told());
    if (event.reported_at !== null && event.reported_at !== entry.at) throw new Error(`reported at ${event.reported_at}: ${told()}`);
    if (entry.key !== null) attempts.set(event.attempt, entry.attempt);
    next = index + 1;
  }
}

function isWithin({ earliest_at, latest_at }: StoredEvent, at: Instant): boolean {
  return (earliest_at === null || at >= earliest_at) && at <= latest_at;
}

/** Law 9 over several systems: what each source shows now is what the ledger last says. */
export async function expectCaughtUpIn(ledger: Ledger, systems: readonly System[]): Promise<void> {
  const { rows } = await sql<ShownRecord & { connection: string; stream: Stream; record_id: string }>`
    select connection, stream, record_id, status, source_status, attempt_key, created_at, started_at, finished_at
    from runledger.records where is_present`.execute(ledger.db);
  const known = new Map(rows.map((row) => [`${row.connection}/${row.stream}/${row.record_id}`, row]));
  for (const { name, world, truth } of systems) {
    for (const run of world.runs) {
      if (run.deletedAt === null) expect(known.get(`${name}/runs/${run.id}`), `${name} run ${run.id}`).toMatchObject(truth.shownRun(run));
    }
    for (const document of world.documents) {
      if (document.deletedAt !== null) continue;
      const key = `${name}/documents/${truth.documentRecordId(document.id)}`;
      expect(known.get(key), key).toMatchObject(truth.shownDocument(document));
    }
  }
}

/** After full scans that prove absence: what the ledger has as present is what there is. */
export async function expectSamePresentIn(ledger: Ledger, systems: readonly System[]): Promise<void> {
  const { rows } = await sql<{ key: string }>`
    select r.connection || '/' || r.stream || '/' || r.record_id as key
    from runledger.records r
    left join runledger.sightings s using (connection, stream, record_id)
    where r.is_present and coalesce(s.is_listed or s.is_answered, true)`.execute(ledger.db);
  const present = systems.flatMap(({ name, world, truth }) => [
    ...world.runs.filter(({ deletedAt }) => deletedAt === null).map(({ id }) => `${name}/runs/${id}`),
    ...world.documents.filter(({ deletedAt }) => deletedAt === null).map(({ id }) => `${name}/documents/${truth.documentRecordId(id)}`),
  ]);
  expect(rows.map((row) => row.key).sort()).toEqual(present.sort());
}
