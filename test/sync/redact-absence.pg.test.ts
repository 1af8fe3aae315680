import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { redactRecord } from '../../src/sync/redact.ts';
import { expectLawful, HOUR_MS, quietRig, syncLater } from './absence-rig.ts';
import { readEvents } from './hold-against-truth.ts';

/**
 * A redaction has no answer of the source behind it, and may be the last event of a record: whatever asks for the answer behind the last event must look past it.
 */
it('a finished record that was redacted disappears like any other, after the answer that showed it last', async () => {
  const watched = await quietRig('postgres', { world: { runs: 12 } });
  const { rig, ledger } = watched;
  rig.world.advanceBy(24 * HOUR_MS);
  await syncLater(watched);
  const run = rig.world.runs.find(({ finishedAt }) => finishedAt !== null);
  const id = run?.id ?? '';
  const shown = (await readEvents(ledger)).findLast((event) => event.record_id === id);
  await redactRecord(ledger, { connection: 'noxus-main', stream: 'runs', recordId: id });
  rig.world.deleteRun(id);
  const { stream, events } = await syncLater(watched, { full: true });
  expect(stream).toMatchObject({ status: 'succeeded', error: null, has_absence_proof: true });
  expect(events).toEqual([`${id} disappeared`]);
  const gone = (await readEvents(ledger)).at(-1);
  const { rows } = await sql<{
    sent_at: string;
  }>`select sent_at from runledger.responses where response_id = ${String(shown?.response_id)}::bigint`.execute(ledger.db);
  expect(gone).toMatchObject({ event_type: 'disappeared' });
  expect(gone?.earliest_at).not.toBeNull();
  expect((gone?.earliest_at ?? '') >= (rows[0]?.sent_at ?? '?')).toBe(true);
  await expectLawful(ledger);
});
