import { expect, it } from 'vitest';
import type { World } from '../../src/simulator/world.ts';
import { expectLawful, quietRig, syncLater } from './absence-rig.ts';
import { expectCaughtUp, expectNothingInvented } from './hold-against-truth.ts';

const PASSED = 'on a page that was read';
const AHEAD = 'on a page to come';

it('a run that changes while a list is read is told as its page showed it, and what came after by the next sync, once each', async () => {
  let isMoving = false;
  const move = (world: World): void => {
    isMoving = false;
    for (const id of [PASSED, AHEAD]) world.moveRun(id, 'running');
    world.advanceBy(1_000);
    world.moveRun(AHEAD, 'succeeded');
  };
  const watched = await quietRig('postgres', {
    // One page at a time, so that it is known which of them has been read.
    connection: { requests: { perSecond: Infinity, concurrency: 1 } },
    server: (world) => ({
      beforeRequest: ({ path, query }) => {
        if (isMoving && path === '/v1/runs' && query.get('page') === '3') move(world);
      },
    }),
  });
  const { rig, ledger } = watched;
  const { world } = rig;
  world.addRun({ id: AHEAD });
  for (let run = 0; run < 430; run += 1) {
    world.advanceBy(1_000);
    world.moveRun(world.addRun().id, 'succeeded');
  }
  world.addRun({ id: PASSED });

  isMoving = true;
  const during = await syncLater(watched);
  expect(isMoving).toBe(false);
  expect(during.stream).toMatchObject({ mode: 'full', status: 'succeeded', is_complete: true, has_absence_proof: true, open_count: 1 });
  const own = ({ events }: { readonly events: readonly string[] }): readonly string[] => events.filter((event) => event.startsWith('on a'));
  expect(own(during)).toEqual([`${PASSED} discovered queued`, `${AHEAD} discovered queued`, `${AHEAD} status_changed succeeded`]);
  expect(own(await syncLater(watched))).toEqual([`${PASSED} status_changed running`]);
  expect(own(await syncLater(watched))).toEqual([]);
  await expectCaughtUp(ledger, world);
  await expectNothingInvented(ledger, world);
  await expectLawful(ledger);
});
