import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { SourceAnswer, SourceRequest } from '../../src/simulator/source-server.ts';
import { syncLater } from './absence-rig.ts';
import { FULL, generationOf, HOUR_MS, openStack } from './knowledge-stack-rig.ts';
import { quietMorphik } from './morphik-rig.ts';

/** In which form a source answers, and what is not to be taken for another. */

const missing = (path: string, answer: Partial<SourceAnswer>) => {
  let isArmed = false;
  return {
    arm: (armed = true) => {
      isArmed = armed;
    },
    intercept: (request: SourceRequest) => (isArmed && request.path.startsWith(path) ? answer : null),
  };
};

describe('a newer form', () => {
  it.each([
    ['refused', { status: 403, body: { detail: 'no' } }],
    ['a web page', { status: 200, body: '<!doctype html><html></html>' }],
    ['not understood', { status: 400, body: { detail: 'no' } }],
  ])('is not there where its path is %s, and everything is read by the older one', async (_how, answer) => {
    const { arm, intercept } = missing('/v1/system-jobs', answer);
    const stack = await openStack({
      streams: ['documents'],
      world: { documents: 150, pastMs: 20 * HOUR_MS },
      server: { generation: 1, intercept },
    });
    stack.world.addDocument({ id: 'd1' });
    await stack.poll();
    arm();
    stack.world.moveDocument('d1', 'running');
    const { stream, told } = await stack.poll(FULL);
    expect(stream).toMatchObject({ status: 'succeeded', is_complete: true, unread_count: 0 });
    expect(told).toContain('ingest-doc:d1 status_changed running');
  });

  it('is not what a database that failed answers', async () => {
    let isDown = false;
    const watched = await quietMorphik(['documents'], {
      world: { documents: 30 },
      server: { server: 'dotted_only', databaseDown: () => isDown },
    });
    await syncLater(watched, FULL);
    isDown = true;
    expect((await syncLater(watched, FULL)).stream).toMatchObject({ status: 'failed', error: { code: 'source_unavailable' } });
    isDown = false;
    expect((await syncLater(watched)).stream).toMatchObject({ status: 'succeeded', is_complete: true });
    const { rows } = await sql`select generation, generation_since_at from runledger.streams where stream = 'documents'`.execute(
      watched.ledger.db,
    );
    expect(rows).toEqual([{ generation: 'list_docs with dotted fields', generation_since_at: null }]);
  });
});

describe('an older server behind a gateway', () => {
  it('is recognised at first, whatever the gateway answers to paths that it does not know', async () => {
    const { arm, intercept } = missing('/v1/workflow-runs', { status: 403, body: { detail: 'no' } });
    arm();
    const stack = await openStack({
      streams: ['runs'],
      world: { runs: 20 },
      server: { generation: 1, intercept: (request) => (request.path === '/v1/workflow-runs' ? intercept(request) : null) },
    });
    expect((await stack.poll()).stream).toMatchObject({ status: 'succeeded', is_complete: true });
    expect(await generationOf(stack, 'runs')).toBe('1');
  });
});

describe('a list that is not there for a while', () => {
  it('leaves the open records to be read, also where no form is recognised', async () => {
    let isDown = false;
    const refused = { '/v1/workflow-runs': 404, '/v1/workflow-definitions': 403 } as Readonly<Record<string, number>>;
    const stack = await openStack({
      streams: ['runs'],
      world: { runs: 20 },
      server: {
        intercept: ({ path }) => {
          const status = isDown ? refused[path] : undefined;
          return status === undefined ? null : { status, body: { detail: 'no' } };
        },
      },
    });
    stack.world.addRun({ id: 'open' });
    await stack.poll(FULL);
    isDown = true;
    stack.world.moveRun('open', 'running');
    const { stream, told } = await stack.poll();
    expect(stream).toMatchObject({ status: 'failed', error: { code: 'source_not_found' }, unread_count: 0 });
    expect(told).toEqual(['open status_changed running']);
  });

  it('is a failure, and no older form, where others answer like that one too', async () => {
    const { arm, intercept } = missing('/v1/workflow-runs', { status: 404, body: { detail: 'no upstream' } });
    const stack = await openStack({ streams: ['runs'], world: { runs: 50 }, server: { intercept } });
    for (let syncs = 0; syncs < 2; syncs += 1) await stack.poll(FULL);
    arm();
    expect((await stack.poll()).stream).toMatchObject({ status: 'failed', error: { code: 'source_not_found' } });
    arm(false);
    expect((await stack.poll()).stream).toMatchObject({ status: 'succeeded', is_complete: true });
    expect(await generationOf(stack, 'runs')).toBe('2');
  });
});

describe('a server that is rolled back', () => {
  it('is read in the form that it had before', async () => {
    let generation: 1 | 2 = 2;
    const stack = await openStack({
      streams: ['documents', 'runs'],
      world: { documents: 20, runs: 20 },
      server: { generation: () => generation },
    });
    await stack.poll(FULL);
    generation = 1;
    const { streams, told } = await stack.poll();
    expect(streams).toMatchObject(streams.map(() => ({ status: 'succeeded', error: null })));
    expect(told.filter((event) => /status_changed|reopened|disappeared/.test(event))).toEqual([]);
    expect([await generationOf(stack, 'documents'), await generationOf(stack, 'runs')]).toEqual(['workflows', '1']);
  });
});
