import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { openSystem, type OpenSystem } from './open-system.ts';
import { sharedLedger } from './shared-ledger.ts';
import { SYSTEMS } from './systems.ts';
import { addInState, remove } from './world-states.ts';

const ledger = sharedLedger();
const HOUR_MS = 3_600_000;
const RECORDS = 12;

describe.each(SYSTEMS)('$title', (system) => {
  it('has a deleted record of each stream disappear after as many full scans as it declares, and no other', async () => {
    const opened = await openSystem(system);
    const added = system.streams.map((stream) => ({
      ...stream,
      ids: Array.from({ length: RECORDS }, () => addInState(opened.world, stream.stream, 'succeeded')),
    }));
    await opened.sync(ledger());
    const gone = added.map(({ stream, idOf, ids: [id = ''] }) => {
      remove(opened.world, stream, id);
      return { stream, id: idOf(id) };
    });
    const scansOf = { at_once: 1, twice: 2, unlisted: 2 } as const;
    for (let scans = 1; scans <= 3; scans += 1) {
      opened.world.advanceBy(HOUR_MS);
      const results = await opened.sync(ledger(), { full: true });
      for (const { stream, declares } of system.streams) {
        const disappeared = scans === scansOf[declares.absence] ? 1 : 0;
        expect(results[stream], `${stream}, scan ${scans}`).toMatchObject({ has_absence_proof: true, disappeared_count: disappeared });
      }
    }
    expect(await absentIn(opened)).toEqual(gone.sort((a, b) => (a.stream < b.stream ? -1 : 1)));
  });
});

async function absentIn({ settings }: OpenSystem): Promise<readonly { stream: string; id: string }[]> {
  const { rows } = await sql<{ stream: string; id: string }>`
    select stream, record_id as id from runledger.records
    where connection = ${settings.name} and not is_present order by stream`.execute(ledger().db);
  return rows;
}
