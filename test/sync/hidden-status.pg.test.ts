import { describe, expect, it } from 'vitest';
import type { Generation } from '../../src/simulator/knowledge-stack/settings.ts';
import { expectLawful, HOUR_MS, hidingFromList, openRecords, quietRig, syncLater, type Watched } from './absence-rig.ts';
import { expectCaughtUp, expectNothingInvented } from './hold-against-truth.ts';
import { expectTrue, FULL, MINUTE_MS, openRecordsOf, openStack, storyOf } from './knowledge-stack-rig.ts';

function hidingRunning(): Promise<Watched> {
  const intercept = hidingFromList(({ status }) => status === 'running');
  return quietRig('postgres', { world: { runs: 30 }, server: { intercept } });
}

async function expectTold({ rig, ledger }: Watched): Promise<void> {
  await expectCaughtUp(ledger, rig.world);
  await expectNothingInvented(ledger, rig.world);
  await expectLawful(ledger);
}

describe('a list that leaves out what is running', () => {
  it('and has shown a run before hides nothing of it: it is asked for by its id, is neither missing nor gone, and is told to its end', async () => {
    const watched = await hidingRunning();
    const { rig, ledger } = watched;
    const { id } = rig.world.addRun();
    await syncLater(watched);

    rig.world.moveRun(id, 'running');
    const running = await syncLater(watched);
    expect(running.events).toEqual([`${id} status_changed running`]);
    expect(running.stream).toMatchObject({ status: 'succeeded', mode: 'incremental', is_complete: true, unread_count: 0, open_count: 1 });
    for (let scan = 1; scan <= 3; scan += 1) {
      rig.takeRequests();
      const { events, stream } = await syncLater(watched, FULL);
      expect({ events, stream }).toMatchObject({ events: [], stream: { status: 'succeeded', is_complete: true, has_absence_proof: true } });
      expect(rig.takeRequests()).toContain(`/v1/runs/${id}`);
      expect(await openRecords(ledger)).toEqual([{ record_id: id, missing_since_at: null }]);
    }

    rig.world.moveRun(id, 'succeeded');
    expect((await syncLater(watched)).events).toEqual([`${id} status_changed succeeded`]);
    expect((await syncLater(watched, FULL)).events).toEqual([]);
    await expectTold(watched);
  });

  it('and has not shown a run yet is all that a sync can know of it; once listed, it is told with what the source reports', async () => {
    const watched = await hidingRunning();
    const { rig } = watched;
    await syncLater(watched);
    const { id } = rig.world.addRun();
    rig.world.moveRun(id, 'running');
    for (const options of [{}, FULL])
      expect(await syncLater(watched, options)).toMatchObject({ events: [], stream: { is_complete: true } });

    rig.world.moveRun(id, 'succeeded');
    // Nobody saw it running, and Noxus does not say when it began to.
    expect((await syncLater(watched)).events).toEqual([`${id} discovered queued`, `${id} status_changed succeeded`]);
    await expectTold(watched);
  });

  it('and then puts a run at an old place of its own has it found by the next full scan, which its count makes due', async () => {
    const watched = await hidingRunning();
    const { rig } = watched;
    const { id } = rig.world.addRun();
    rig.world.moveRun(id, 'running');
    // More than the two pages that a sync reads which finds nothing new.
    for (let newer = 0; newer < 250; newer += 1) rig.world.moveRun(rig.world.addRun().id, 'succeeded');
    await syncLater(watched);
    rig.world.moveRun(id, 'succeeded');
    // A list that is newest first is read as far as it is new, and what comes in behind that is not.
    expect((await syncLater(watched)).events).toEqual([]);

    rig.world.advanceBy(24 * HOUR_MS);
    const found = await syncLater(watched);
    expect(found.events).toEqual([`${id} discovered queued`, `${id} status_changed succeeded`]);
    expect(found.stream).toMatchObject({ mode: 'full', is_complete: true, has_absence_proof: true });
    await expectTold(watched);
  });
});

const GENERATIONS: readonly Generation[] = [1, '2-by-definition', 2];

describe.each(GENERATIONS)('a list of generation %s that leaves out what is running', (generation) => {
  it('hides nothing of a run that it has shown, and takes none for gone', async () => {
    const stack = await openStack({
      streams: ['runs'],
      world: { runs: 60 },
      server: { generation, isListed: (record) => record.state !== 'running' },
    });
    const { world } = stack;
    for (const id of ['r1', 'r2']) world.addRun({ id });
    world.advanceBy(MINUTE_MS);
    world.moveRun('r2', 'running');
    expect((await stack.poll()).stream).toMatchObject({ new_count: 61, is_complete: true });
    world.moveRun('r1', 'running');
    expect(await stack.poll()).toMatchObject({ told: ['r1 status_changed running'], stream: { is_complete: true, open_count: 1 } });
    for (let scan = 1; scan <= 3; scan += 1) {
      expect(await stack.poll(FULL)).toMatchObject({ told: [], stream: { is_complete: true, has_absence_proof: true } });
      expect(await openRecordsOf(stack)).toMatchObject([{ record_id: 'r1', missing_since_at: null }]);
    }
    for (const id of ['r1', 'r2']) world.moveRun(id, 'succeeded');
    await stack.poll();
    expect((await stack.poll(FULL)).told).toEqual([]);
    expect(await storyOf(stack, 'r1')).toEqual(['discovered queued #1', 'status_changed running #1', 'status_changed succeeded #1']);
    expect((await storyOf(stack, 'r2')).at(-1)).toBe('status_changed succeeded #1');
    await expectTrue(stack);
  });
});
