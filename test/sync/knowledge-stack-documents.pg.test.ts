import { describe, expect, it } from 'vitest';
import type { Document } from '../../src/simulator/document.ts';
import { workflowIdOf } from '../../src/simulator/knowledge-stack/ids.ts';
import { trackRecords } from '../../src/sync/track.ts';
import { silent } from '../support/ledger.ts';
import { expectLawful } from './absence-rig.ts';
import { expectCaughtUpIn } from './hold-mixed.ts';
import {
  attemptsOf,
  expectTrue,
  finishedOf,
  FULL,
  MINUTE_MS,
  openStack,
  pathOf,
  pathsOf,
  recordOf,
  storyOf,
  type Stack,
} from './knowledge-stack-rig.ts';

const OLD = '/v1/workflows/document_versions';
const NEW = '/v1/system-jobs/document_versions';
const ERROR = 'No text was found on any page';
const D1 = workflowIdOf('d1');

/** A user of the second generation can run again and cancel by the old paths alone: of the new ones nobody has told how. */
const GENERATIONS = [
  [1, { generation: 1 }],
  [2, { generation: 2, keepsOldPaths: true }],
] as const;

function documentOf({ world }: Stack, id: string): Document {
  const document = world.document(id);
  if (document === null) throw new Error(`there is no document ${id}`);
  return document;
}

/** A minute a step, by the hand of the source. */
function run({ world }: Stack, id: string, end: 'succeeded' | 'failed'): void {
  for (const state of ['running', end] as const) {
    world.advanceBy(MINUTE_MS);
    world.moveDocument(id, state, ERROR);
  }
}

async function rerun(stack: Stack, id: string): Promise<void> {
  stack.world.advanceBy(MINUTE_MS);
  expect((await stack.use('POST', pathOf(OLD, id))).status).toBe(200);
}

describe.each(GENERATIONS)('a document of generation %i', (_, server) => {
  it('that is run again under its id is another attempt, queued when it was asked for', async () => {
    const stack = await openStack({ streams: ['documents'], server });
    stack.world.addDocument({ id: 'd1' });
    run(stack, 'd1', 'failed');
    const first = { ...documentOf(stack, 'd1') };
    await stack.poll();
    await rerun(stack, 'd1');
    const askedAt = documentOf(stack, 'd1').attemptAt;
    expect((await stack.poll()).told).toContain(`${D1} reopened queued`);
    run(stack, 'd1', 'succeeded');
    await stack.poll();
    const story = await storyOf(stack, D1);
    expect(story.filter((event) => !event.startsWith('amended'))).toEqual([
      ...['discovered queued #1', 'status_changed failed #1'],
      ...['reopened queued #2', 'status_changed succeeded #2'],
    ]);
    expect(await attemptsOf(stack, D1)).toMatchObject([
      { attempt_key: first.attemptAt, queued_at: first.createdAt, finished_at: first.finishedAt, outcome: 'failed', error: ERROR },
      { attempt_key: askedAt, queued_at: askedAt, outcome: 'succeeded', error: null },
    ]);
    expect(await recordOf(stack, D1)).toMatchObject({ created_at: first.createdAt, attempt: 2 });
    await expectTrue(stack);
  });

  it('has each of the attempts that the source still tells of, once; of two between the same two polls that is the later', async () => {
    const stack = await openStack({ streams: ['documents'], server });
    stack.world.addDocument({ id: 'd1' });
    run(stack, 'd1', 'failed');
    const keys = [documentOf(stack, 'd1').attemptAt];
    await stack.poll();
    // The third is run again, and so overwritten in all that the source has of it, before anybody looked: nothing is left that could show it.
    for (const isSeen of [true, false, true, true]) {
      await rerun(stack, 'd1');
      run(stack, 'd1', 'failed');
      if (!isSeen) continue;
      keys.push(documentOf(stack, 'd1').attemptAt);
      await stack.poll();
    }
    expect(documentOf(stack, 'd1').attempt).toBe(5);
    const attempts = await attemptsOf(stack, D1);
    expect(attempts.map(({ attempt, attempt_key, outcome, is_flap }) => ({ attempt, attempt_key, outcome, is_flap }))).toEqual(
      keys.map((attempt_key, index) => ({ attempt: index + 1, attempt_key, outcome: 'failed', is_flap: false })),
    );
    expect(attempts).toHaveLength(4);
    expect(await finishedOf(stack)).toEqual({ finished: 4, succeeded: 0, failed: 4, cancelled: 0 });
    await expectTrue(stack);
  });

  it.each(['succeeded', 'failed'] as const)('that %s, and again between two polls, has two attempts that ended alike', async (end) => {
    const stack = await openStack({ streams: ['documents'], server });
    stack.world.addDocument({ id: 'd1' });
    run(stack, 'd1', end);
    const ends = [documentOf(stack, 'd1').finishedAt];
    await stack.poll();
    await rerun(stack, 'd1');
    run(stack, 'd1', end);
    ends.push(documentOf(stack, 'd1').finishedAt);
    await stack.poll();
    const error = end === 'failed' ? ERROR : null;
    expect(await attemptsOf(stack, D1)).toMatchObject(ends.map((finished_at) => ({ outcome: end, finished_at, error })));
    expect((await stack.poll(FULL)).told).toEqual([]);
    await expectTrue(stack);
  });

  it('that somebody cancels is cancelled, and one that has ended is not', async () => {
    const stack = await openStack({ streams: ['documents'], server });
    for (const id of ['d1', 'd2']) stack.world.addDocument({ id });
    run(stack, 'd2', 'succeeded');
    await stack.poll();
    await stack.poll();
    for (const id of ['d1', 'd2']) expect((await stack.use('DELETE', pathOf('/v1/workflows', id))).status).toBe(200);
    expect((await stack.poll()).told.filter((event) => !event.endsWith('amended'))).toEqual([`${D1} status_changed cancelled`]);
    expect(await recordOf(stack, D1)).toMatchObject({ status: 'cancelled', source_status: 'cancelled', is_terminal: true });
    expect(await finishedOf(stack)).toEqual({ finished: 2, succeeded: 1, failed: 0, cancelled: 1 });
    await stack.poll();
    await expectTrue(stack);
  });

  it('whose quota is used up has failed, for that reason where the source has a word for it', async () => {
    const stack = await openStack({ streams: ['documents'], server });
    stack.world.addDocument({ id: 'd1' });
    await stack.poll();
    stack.world.moveDocument('d1', 'failed', { error: 'The monthly quota of pages is used up', isOverQuota: true });
    expect((await stack.poll()).told).toContain(`${D1} status_changed failed`);
    const [word, reason] = server.generation === 1 ? ['failed', null] : ['quota_limit', 'quota'];
    expect(await recordOf(stack, D1)).toMatchObject({ status: 'failed', source_status: word, status_reason: reason });
    expect(await attemptsOf(stack, D1)).toMatchObject([{ outcome: 'failed', error: 'The monthly quota of pages is used up' }]);
    await stack.poll();
    await expectTrue(stack);
  });

  it('with a colon in its id is read by it, known or only tracked', async () => {
    const hidden = new Set(['d2']);
    const isListed = ({ id }: { readonly id: string }): boolean => !hidden.has(id);
    const stack = await openStack({ streams: ['documents'], server: { ...server, isListed } });
    const root = server.generation === 1 ? OLD : NEW;
    for (const id of ['d1', 'd2', 'd3']) stack.world.addDocument({ id });
    const first = await stack.poll();
    expect(first.told.filter((event) => event.includes('discovered'))).toEqual(
      ['d1', 'd3'].map((id) => `${workflowIdOf(id)} discovered queued`),
    );
    hidden.add('d1');
    stack.world.moveDocument('d1', 'running');
    const recordIds = [workflowIdOf('d2')];
    const { name: connection } = stack.system;
    await trackRecords(stack.ledger, { connection, stream: 'documents', recordIds, now: stack.world.now, log: silent });
    const { asked, told, stream } = await stack.poll();
    expect(told).toEqual(expect.arrayContaining([`${D1} status_changed running`, `${workflowIdOf('d2')} discovered queued`]));
    expect(pathsOf(asked)).toEqual(expect.arrayContaining([`${root}/ingest-doc%3Ad1`, `${root}/ingest-doc%3Ad2`]));
    expect(stream).toMatchObject({ status: 'succeeded', is_complete: true, open_count: 3, rejected_count: 0 });
    // No list shows them, and they are there.
    for (let scans = 0; scans < 2; scans += 1)
      expect((await stack.poll(FULL)).told.filter((event) => event.includes('appeared'))).toEqual([]);
    await expectTrue(stack);
  });
});

describe('the list of documents', () => {
  it.each([
    ['pages', 1],
    ['limit_offset', 1],
    ['pages', 2],
    ['limit_offset', 2],
  ] as const)('in %s of generation %i is read whole, whichever names its server knows', async (paging, generation) => {
    const stack = await openStack({ streams: ['documents'], world: { documents: 250 }, server: { paging, generation } });
    const first = await stack.poll();
    expect(first.stream).toMatchObject({ status: 'succeeded', new_count: 250, is_complete: true, has_absence_proof: true, error: null });
    const places = first.asked.map(({ query }) =>
      ['page', 'page_size', 'offset', 'limit'].map((name) => new URLSearchParams(query).get(name)),
    );
    expect(places.slice(-3)).toEqual([
      ['1', '100', '0', '100'],
      ['2', '100', '100', '100'],
      ['3', '100', '200', '100'],
    ]);
    stack.world.retryDocument(stack.world.documents[120]?.id ?? '');
    stack.world.addDocument({ id: 'd1' });
    const second = await stack.poll();
    expect(second.stream).toMatchObject({ status: 'succeeded', page_count: 3, new_count: 1, changed_count: 1, is_complete: true });
    await stack.poll();
    await expectTrue(stack);
  });

  it.each(['pages', 'limit_offset'] as const)(
    'that moves while it is read in %s loses none for longer than to the next sync',
    async (paging) => {
      let isMoving = true;
      let count = 0;
      const stack = await openStack({
        streams: ['documents'],
        world: { documents: 230 },
        server: {
          paging,
          documentOrder: 'by_change',
          generation: 1,
          beforeRequest: ({ path, query }) => {
            if (!isMoving || path !== OLD || query.get('page') === '1') return;
            const { world } = stack;
            world.advanceBy(1_000);
            for (const { id, state } of world.documents.slice(0, 8)) if (state === 'succeeded') world.retryDocument(id);
            count += 1;
            world.addDocument({ id: `new ${count}` });
          },
        },
      });
      await stack.poll();
      await stack.poll();
      isMoving = false;
      expect((await stack.poll()).stream).toMatchObject({ status: 'succeeded', is_complete: true });
      expect(count).toBeGreaterThan(2);
      await expectCaughtUpIn(stack.ledger, [stack.system]);
      await stack.poll();
      await expectTrue(stack);
    },
  );

  it('of a server that knows neither names of pages nor offsets is an error, and no endless reading', async () => {
    const stack = await openStack({
      streams: ['documents'],
      world: { documents: 60 },
      server: {
        intercept: ({ query }, honest) => {
          for (const name of ['page', 'page_size', 'limit', 'offset']) query.delete(name);
          return honest();
        },
      },
    });
    const { stream } = await stack.poll();
    expect(stream).toMatchObject({
      status: 'failed',
      is_complete: false,
      has_absence_proof: false,
      new_count: 20,
      error: { code: 'source_repeats' },
    });
    expect(stream.error?.message).toContain(NEW);
    expect(stream.request_count).toBeLessThan(10);
    await expectLawful(stack.ledger);
  });
});
