import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Stream } from '../../src/model/event.ts';
import { tooManyRequests } from '../../src/simulator/knowledge-stack/answers.ts';
import { workflowIdOf } from '../../src/simulator/knowledge-stack/ids.ts';
import type { Generation } from '../../src/simulator/knowledge-stack/settings.ts';
import { expectLawful, openRecords, presentIds } from './absence-rig.ts';
import { FULL, HOUR_MS, MINUTE_MS, openStack, pathOf, pathsOf } from './knowledge-stack-rig.ts';

const GENERATIONS: readonly Generation[] = [1, '2-by-definition', 2];

/** Whether the generation has the ingestions at the new place. */
const ingestionsOf = (generation: Generation): string =>
  generation === 2 ? '/v1/system-jobs/document_versions' : '/v1/workflows/document_versions';

describe.each(GENERATIONS)('a sync of an unchanged source of generation %s', (generation) => {
  it('asks for the pages of its lists, and once for each open record that they do not tell all of', async () => {
    const stack = await openStack({
      streams: ['runs', 'documents'],
      world: { runs: 260, documents: 230, workflows: 2 },
      server: { generation },
    });
    const { world } = stack;
    const workflow = world.workflows[0];
    if (workflow === undefined) throw new Error('the world has no workflow');
    const open = ['r1', 'r2', 'r3'];
    for (const id of open) world.addRun({ id, workflow });
    for (const id of ['d1', 'd2']) world.addDocument({ id });
    await stack.poll({}, HOUR_MS);
    // Twice: what was read once for its details is told of by the next.
    await stack.poll({}, HOUR_MS);
    const { asked, told, streams } = await stack.poll({}, HOUR_MS);

    const pagesOf = (rows: number): number => Math.max(1, Math.ceil(rows / 100));
    const runPages = world.workflows.flatMap(({ id, runCount }) =>
      Array.from({ length: pagesOf(runCount) }, () => `/v1/workflow-definitions/${id}/runs`),
    );
    const byDefinition = ['/v1/workflow-definitions', ...runPages];
    const byWindow = ['/v1/workflow-runs', ...open.map((id) => `/v1/workflow-runs/${id}`)];
    const root = ingestionsOf(generation);
    const ingestions = [root, root, root, ...['d1', 'd2'].map((id) => pathOf(root, id))];
    expect(Math.max(...world.workflows.map(({ runCount }) => runCount))).toBeGreaterThan(100);
    expect(told).toEqual([]);
    expect(pathsOf(asked).toSorted()).toEqual([...(generation === 2 ? byWindow : byDefinition), ...ingestions].toSorted());
    expect(
      streams.map(({ stream, request_count, is_complete, open_count }) => ({ stream, request_count, is_complete, open_count })),
    ).toEqual([
      { stream: 'runs', request_count: generation === 2 ? byWindow.length : byDefinition.length, is_complete: true, open_count: 3 },
      { stream: 'documents', request_count: ingestions.length, is_complete: true, open_count: 2 },
    ]);
  });
});

const STREAMS: readonly (readonly [Stream, Generation])[] = [
  ['runs', 1],
  ['runs', 2],
  ['documents', 1],
  ['documents', 2],
];

describe.each(STREAMS)('%s of generation %s that the key may not see any more', (stream, generation) => {
  it('are not taken for gone when they are many; seen again, nothing has happened to them', async () => {
    let isHidden = false;
    const stack = await openStack({
      streams: [stream],
      world: { runs: 40, documents: 40 },
      // Every other one is in a part of the tenant that the user has lost.
      server: { generation, isVisible: ({ number }) => !isHidden || number % 2 === 1 },
    });
    const { world, ledger } = stack;
    for (const id of ['r1', 'r2']) world.addRun({ id });
    for (const id of ['d1', 'd2']) world.addDocument({ id });
    await stack.poll();
    await stack.poll();
    const present = await presentIds(ledger);
    expect(present).toHaveLength(42);
    const hidden = stream === 'runs' ? 'r2' : workflowIdOf('d2');

    isHidden = true;
    expect((await stack.poll()).told).toEqual([]);
    for (let scans = 0; scans < 2; scans += 1) {
      const lost = await stack.poll(FULL);
      expect(lost).toMatchObject({ told: [], stream: { status: 'failed', error: { code: 'source_mass_absence' } } });
      expect(lost.stream.error?.message).toContain('21 of the 42');
    }
    // Between scans it is told as well, and still nobody takes it for an answer.
    expect(await stack.poll()).toMatchObject({ told: [], stream: { status: 'failed', error: { code: 'source_mass_absence' } } });
    const missing = (await openRecords(ledger)).filter((record) => record.missing_since_at !== null);
    expect(missing.map(({ record_id }) => record_id)).toEqual([hidden]);
    expect(await presentIds(ledger)).toEqual(present);

    isHidden = false;
    const regained = await stack.poll(FULL);
    expect(regained).toMatchObject({ told: [], stream: { status: 'succeeded', has_absence_proof: true, error: null } });
    expect((await openRecords(ledger)).filter((record) => record.missing_since_at !== null)).toEqual([]);
    expect((await stack.poll()).stream).toMatchObject({ status: 'succeeded', is_complete: true });
    await expectLawful(ledger);
  });
});

describe('a rate limit of the second generation', () => {
  it('ends the sync, is told, and is kept to by the next one until it is over', async () => {
    let isLimited = true;
    const stack = await openStack({
      streams: ['runs'],
      world: { runs: 20 },
      server: { intercept: (request) => (isLimited ? tooManyRequests(request, 3_600) : null) },
      connection: { requests: { perSecond: Infinity, maxWaitMs: 60_000 } },
    });
    const limited = await stack.poll();
    expect(limited.stream).toMatchObject({
      status: 'rate_limited',
      is_complete: false,
      new_count: 0,
      error: { code: 'source_rate_limited' },
    });
    expect(limited.stream.error?.message).toContain('answered 429 and asked to wait 3600 s');
    expect(limited.stream.error?.hint).toContain('Sync again after that time');
    expect(limited.asked).toHaveLength(1);
    const until = async (): Promise<unknown> =>
      (await sql<{ until: string | null }>`select rate_limited_until_at as until from runledger.connections`.execute(stack.ledger.db))
        .rows[0];
    expect(await until()).not.toEqual({ until: null });

    isLimited = false;
    const kept = await stack.poll({}, 30 * MINUTE_MS);
    expect({ asked: kept.asked, stream: kept.stream }).toMatchObject({ asked: [], stream: { status: 'rate_limited' } });
    expect(kept.stream.error?.message).toContain('was not sent');
    const over = await stack.poll({}, 30 * MINUTE_MS);
    expect(over.stream).toMatchObject({ status: 'succeeded', new_count: 20, is_complete: true });
    expect(await until()).toEqual({ until: null });
    await expectLawful(stack.ledger);
  });

  it('that comes in the middle leaves what was read, and stops the other stream of the same key', async () => {
    let isLimited = false;
    const stack = await openStack({
      streams: ['runs', 'documents'],
      world: { runs: 230, documents: 20 },
      server: {
        intercept: (request) => {
          isLimited ||= request.query.get('offset') === '99';
          return isLimited ? tooManyRequests(request, 3_600) : null;
        },
      },
      connection: { requests: { perSecond: Infinity, maxWaitMs: 60_000, concurrency: 1 } },
    });
    const { streams } = await stack.poll();
    expect(streams[0]).toMatchObject({ stream: 'runs', status: 'rate_limited', is_complete: false, new_count: 100 });
    expect(streams.every(({ status, is_complete }) => status === 'rate_limited' || is_complete)).toBe(true);
    const { rows } = await sql`select from runledger.records where stream = 'runs'`.execute(stack.ledger.db);
    expect(rows).toHaveLength(100);
    await expectLawful(stack.ledger);
  });
});
