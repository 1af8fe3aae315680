import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import { RunledgerError } from '../../src/model/errors.ts';
import { verifyLedger } from '../../src/sync/verify.ts';
import { freshLedger } from '../support/ledger.ts';
import { fillAll, fillEvents, makeRoom } from './full-disk.ts';
import { ledgerLines } from './ledger-lines.ts';
import { startStory } from './scan-story.ts';

it('a sync that finds the disk full in the middle of a batch says so, keeps the batches before, and is caught up with once there is room', async () => {
  const ledger = await freshLedger('postgres');
  const story = await startStory();
  await fillEvents(ledger, 1_000);
  expect(await failureOf(story.sync(ledger))).toMatchObject({
    code: 'ledger_full',
    message: expect.stringContaining('its disk is full') as string,
    hint: expect.stringContaining('Make room') as string,
  });
  const kept = await ledgerLines(ledger);
  const events = kept.filter((line) => line.startsWith('event '));
  // 1,000 found room, of which those of the batch that failed are gone again.
  expect(events.length).toBeGreaterThan(0);
  expect(events.length).toBeLessThan(1_000);
  expect((await verifyLedger(ledger)).break).toBeNull();
  expect(await ends(ledger)).toEqual([
    { status: 'failed', stream_status: 'failed', error: expect.stringContaining('disk is full') as string, lease_holder: null },
  ]);

  await makeRoom(ledger);
  expect((await story.sync(ledger)).streams).toMatchObject([{ status: 'succeeded', is_complete: true }]);
  await story.expectFirst(ledger);
  await story.expectSecond(ledger);
});

it('a sync that cannot even write how it ended leaves nothing half written, and is caught up with when its lease has run out', async () => {
  const ledger = await freshLedger('postgres');
  const story = await startStory();
  const { done } = await story.syncToMiddle(ledger, () => fillAll(ledger));
  expect(await failureOf(done)).toMatchObject({ code: 'ledger_full' });
  expect(await ledgerLines(ledger)).not.toEqual([]);
  expect((await verifyLedger(ledger)).break).toBeNull();
  expect(await ends(ledger)).toMatchObject([{ status: 'running', stream_status: 'running' }]);

  await makeRoom(ledger);
  // Its lease could not be given back, and the process lives. That sync is over all the same.
  expect((await story.sync(ledger)).streams).toMatchObject([{ status: 'succeeded', is_complete: true }]);
  expect(await ends(ledger)).toMatchObject([{ status: 'interrupted', stream_status: 'interrupted' }, { status: 'succeeded' }]);
  await story.expectFirst(ledger);
  await story.expectSecond(ledger);
});

async function failureOf(syncing: Promise<unknown>): Promise<unknown> {
  const error: unknown = await syncing.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RunledgerError);
  return error;
}

async function ends(ledger: Ledger): Promise<readonly unknown[]> {
  const { rows } = await sql`
    select s.status, o.status as stream_status, s.error, t.lease_holder
    from runledger.syncs s
    join runledger.sync_streams o using (sync_id)
    join runledger.streams t using (connection, stream)
    order by s.sync_id`.execute(ledger.db);
  return rows;
}
