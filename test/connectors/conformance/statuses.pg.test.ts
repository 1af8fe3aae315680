import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Stream } from '../../../src/model/event.ts';
import { trackRecords } from '../../../src/sync/track.ts';
import { silent } from '../../support/ledger.ts';
import type { ConformingStream, DocumentedStatus, WorldState } from './conforming-system.ts';
import { formOf, openSystem, type OpenSystem } from './open-system.ts';
import { sharedLedger } from './shared-ledger.ts';
import { SYSTEMS } from './systems.ts';
import { keyOf, worded } from './worded.ts';
import { addInState, STATES } from './world-states.ts';

const ledger = sharedLedger();

describe.each(SYSTEMS)('$title', (system) => {
  it('is recorded under every documented word as the contract says', async () => {
    const { onRecord, fill } = worded(system);
    const opened = await openSystem(system, { onRecord });
    const documented = fill(opened.world);
    await opened.sync(ledger());
    expect(await statusesIn(opened)).toEqual(new Map([...documented].map(([key, status]) => [key, rowBy(status)])));
  });

  it('lists its records whatever their state: after one sync all are in the ledger', async () => {
    const opened = await openSystem(system);
    const added = system.streams.flatMap((stream) =>
      STATES[stream.stream].flatMap((state) =>
        [state, state].map((each) => ({ stream, state, id: addInState(opened.world, stream.stream, each) })),
      ),
    );
    const results = await opened.sync(ledger());
    const known = await statusesIn(opened);
    expect(known).toEqual(
      new Map(
        added.map(({ stream, state, id }) => {
          const key = keyOf(stream, stream.idOf(id));
          return [key, rowBy(statusIn(stream, state, known.get(key)?.source_status ?? null))];
        }),
      ),
    );
    for (const stream of system.streams) {
      expect(results[stream.stream]).toMatchObject({ status: 'succeeded', is_complete: true, has_absence_proof: true, rejected_count: 0 });
      const said = [...known].filter(([key]) => key.startsWith(`${stream.stream}/`)).map(([, row]) => row.source_status);
      const simulated = stream.statuses.filter(({ isSimulated }) => isSimulated !== false).map(({ word }) => word);
      expect(new Set(said)).toEqual(new Set(simulated));
    }
  });

  it('is told unsupported in a stream that it does not have, and remembered in the form of those that it has', async () => {
    const opened = await openSystem(system);
    for (const { stream } of system.streams) addInState(opened.world, stream, 'queued');
    const results = await opened.sync(ledger());
    const expected = new Map<string, string>(system.streams.map(({ stream, generation }) => [stream, generation]));
    for (const { stream, status, error } of Object.values(results)) {
      expect({ stream, status, error }).toMatchObject(
        expected.has(stream) ? { status: 'succeeded', error: null } : { status: 'unsupported' },
      );
    }
    const { rows } = await sql<{ stream: string; generation: string }>`
      select stream, generation from runledger.streams where connection = ${opened.settings.name} and first_read_at is not null`.execute(
      ledger().db,
    );
    expect(new Map(rows.map(({ stream, generation }) => [stream, generation]))).toEqual(expected);
  });
});

const OTHERWISE = SYSTEMS.flatMap((system) =>
  system.streams.filter(({ otherwise }) => otherwise !== null).map((stream) => ({ system, stream })),
);

describe.each(OTHERWISE)('$system.title, $stream.stream that only the other endpoint knows', ({ system, stream }) => {
  it('are recorded under every word of it as the contract says', async () => {
    const { onRecord, fill } = worded(system, ({ otherwise }) => otherwise);
    const unknown = new Set<string>();
    const opened = await openSystem(system, {
      // In no list: what an answer shows by itself is left.
      onRecord: (record, shown) => (unknown.size > 0 && isListed(record, stream) ? null : onRecord(record, shown)),
      hooks: () => ({ intercept: ({ path }) => (unknown.has(path) ? { status: 404, body: { detail: 'Not found' } } : null) }),
    });
    const documented = fill(opened.world);
    const recordIds = [...documented.keys()].map((key) => key.slice(stream.stream.length + 1));
    for (const recordId of recordIds) {
      const request = formOf(opened, stream).byId.request({ recordId, workflowId: null, collectionId: null });
      unknown.add(request?.path ?? '');
    }
    await opened.sync(ledger());
    expect(await statusesIn(opened)).toEqual(new Map());
    const { name } = opened.settings;
    await trackRecords(ledger(), { connection: name, stream: stream.stream, recordIds, now: opened.world.now, log: silent });
    await opened.sync(ledger());
    expect(await statusesIn(opened)).toEqual(new Map([...documented].map(([key, status]) => [key, rowBy(status)])));
  });
});

/** Whether it is shown as the lists show it. */
function isListed(record: Readonly<Record<string, unknown>>, { say }: ConformingStream): boolean {
  return say(record, 'another word') !== record;
}

interface StatusRow {
  readonly source_status: string | null;
  readonly status: string | null;
  readonly status_reason: string | null;
  readonly is_terminal: boolean;
}

async function statusesIn({ settings }: OpenSystem): Promise<ReadonlyMap<string, StatusRow>> {
  const { rows } = await sql<StatusRow & { stream: Stream; record_id: string }>`
    select stream, record_id, source_status, status, status_reason, is_terminal
    from runledger.records where connection = ${settings.name}`.execute(ledger().db);
  return new Map(rows.map(({ stream, record_id, ...row }) => [keyOf({ stream }, record_id), row]));
}

function rowBy({ word, status, reason, isTerminal }: DocumentedStatus): StatusRow {
  return { source_status: word, status, status_reason: reason ?? null, is_terminal: isTerminal };
}

/** What the contract says of a word; where it has it twice, of a record in this state. */
function statusIn({ statuses }: ConformingStream, state: WorldState, word: string | null): DocumentedStatus {
  const candidates = statuses.filter((documented) => documented.word === word && documented.isSimulated !== false);
  const found = candidates.find((documented) => documented.state === state) ?? candidates[0];
  if (found === undefined) throw new Error(`${word ?? 'no word'} for a record that is ${state} is not documented`);
  return found;
}
