import { expect, it } from 'vitest';
import type { SourceAnswer } from '../../src/simulator/source-server.ts';
import { expectLawful, quietRig, syncLater } from './absence-rig.ts';
import { quietMorphik } from './morphik-rig.ts';

type Lists = 'as they are' | 'kept for later' | 'as they were kept';

it('a list that shows an older version of a record than is known is counted as stale, and takes nothing back', async () => {
  const { intercept, turn } = keepingLists((path) => path.endsWith('list_docs'));
  const watched = await quietMorphik(['documents'], { server: { intercept } });
  const { rig, ledger } = watched;
  const { id } = rig.world.addDocument();
  rig.world.moveDocument(id, 'running');
  turn('kept for later');
  expect((await syncLater(watched)).events).toEqual([`${id} discovered running`]);
  rig.world.moveDocument(id, 'succeeded');
  turn('as they are');
  expect((await syncLater(watched)).events).toEqual([`${id} status_changed succeeded`]);

  turn('as they were kept');
  for (const options of [{}, { full: true }]) {
    const { events, stream } = await syncLater(watched, options);
    expect({ events, stream }).toMatchObject({ events: [], stream: { status: 'succeeded', appended_count: 0, open_count: 0 } });
    expect(stream.stale_count).toBeGreaterThan(0);
  }
  turn('as they are');
  expect(await syncLater(watched, { full: true })).toMatchObject({ events: [], stream: { stale_count: 0, is_complete: true } });
  await expectLawful(ledger);
});

it('a list that shows a run as it was before its end, and tells no version, is not believed before its read by id', async () => {
  const { intercept, turn } = keepingLists((path) => path === '/v1/runs');
  const watched = await quietRig('postgres', { server: { intercept } });
  const { rig, ledger } = watched;
  const { id } = rig.world.addRun();
  rig.world.moveRun(id, 'running');
  turn('kept for later');
  await syncLater(watched);
  rig.world.moveRun(id, 'succeeded');
  turn('as they are');
  expect((await syncLater(watched)).events).toEqual([`${id} status_changed succeeded`]);

  turn('as they were kept');
  rig.takeRequests();
  const { events, stream } = await syncLater(watched);
  // The answer by id tells a fact that no list has, the version of its workflow, and still that the run has ended.
  expect(events).toEqual([`${id} amended`]);
  expect(stream).toMatchObject({ status: 'succeeded', deferred_count: 1, open_count: 0, is_complete: true });
  expect(rig.takeRequests()).toContain(`/v1/runs/${id}`);
  turn('as they are');
  expect(await syncLater(watched)).toMatchObject({ events: [], stream: { deferred_count: 0, is_complete: true } });
  await expectLawful(ledger);
});

interface KeepingLists {
  readonly intercept: (request: { readonly path: string }, honest: () => SourceAnswer) => SourceAnswer | null;
  readonly turn: (to: Lists) => void;
}

/** A source that can show its lists as they were, as a cache or a replica that lags does. */
function keepingLists(isList: (path: string) => boolean): KeepingLists {
  let lists: Lists = 'as they are';
  let kept: SourceAnswer | null = null;
  return {
    intercept: ({ path }, honest) => {
      if (!isList(path)) return null;
      if (lists === 'as they were kept') return kept;
      const answer = honest();
      if (lists === 'kept for later') kept = structuredClone(answer);
      return answer;
    },
    turn: (to) => {
      lists = to;
    },
  };
}
