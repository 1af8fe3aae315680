import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { mapObjects } from './map-objects.ts';
import { openSystem, type OpenSystem } from './open-system.ts';
import { sharedLedger } from './shared-ledger.ts';
import { SYSTEMS } from './systems.ts';
import { addInState, STATES } from './world-states.ts';

const ledger = sharedLedger();
const HOUR_MS = 3_600_000;

describe.each(SYSTEMS)('$title', (system) => {
  it('adds fields to everything, and nothing is recorded of it; then words, and they are recorded as they are', async () => {
    let isNewer = false;
    let word: string | null = null;
    const opened = await openSystem(system, {
      onRecord: (record, { stream }) => (word === null ? record : stream.say(record, word)),
      hooks: () => ({
        // Around the change of records: what is added stands in pages, parents and refusals too.
        intercept: (_request, honest) => {
          if (!isNewer || word !== null) return null;
          const answer = honest();
          return { ...answer, body: mapObjects(answer.body, (object) => ({ ...object, brand_new: { status: 'new', id: 'new' } })) };
        },
      }),
    });
    for (const { stream } of system.streams) for (const state of STATES[stream]) addInState(opened.world, stream, state);
    await opened.sync(ledger());
    // What is read once for its details is told of them by the next.
    await opened.sync(ledger());
    const before = await recordsOf(opened);
    expect(before).toHaveLength(system.streams.reduce((sum, { stream }) => sum + STATES[stream].length, 0));

    isNewer = true;
    opened.world.advanceBy(HOUR_MS);
    const unmoved = await opened.sync(ledger(), { full: true });
    for (const { stream } of system.streams)
      expect(unmoved[stream]).toMatchObject({ status: 'succeeded', is_complete: true, appended_count: 0, rejected_count: 0 });
    expect(await recordsOf(opened)).toEqual(before);

    word = 'HIBERNATING';
    const results = await opened.sync(ledger(), { full: true });
    for (const { stream } of system.streams)
      expect(results[stream]).toMatchObject({ status: 'succeeded', is_complete: true, rejected_count: 0 });
    const after = await recordsOf(opened);
    // Neither closed nor opened by a word that nobody understands.
    expect(after).toEqual(before.map((record) => ({ ...record, status: null, source_status: 'HIBERNATING', status_reason: null })));

    word = null;
    isNewer = false;
    opened.world.advanceBy(HOUR_MS);
    await opened.sync(ledger(), { full: true });
    await opened.sync(ledger());
    expect(await recordsOf(opened)).toEqual(before);
  });
});

interface Recorded {
  readonly stream: string;
  readonly record_id: string;
  readonly status: string | null;
  readonly source_status: string | null;
  readonly status_reason: string | null;
  readonly is_terminal: boolean;
  readonly attempt: number;
}

async function recordsOf({ settings }: OpenSystem): Promise<readonly Recorded[]> {
  const { rows } = await sql<Recorded>`
    select stream, record_id, status, source_status, status_reason, is_terminal, attempt
    from runledger.records where connection = ${settings.name} order by stream, record_id`.execute(ledger().db);
  return rows;
}
