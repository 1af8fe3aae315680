import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { temporalRunIdOf, workflowIdOf } from '../../src/simulator/knowledge-stack/ids.ts';
import type { TemporalState } from '../../src/simulator/knowledge-stack/settings.ts';
import { trackRecords } from '../../src/sync/track.ts';
import { silent } from '../support/ledger.ts';
import { evidenceOfAbsence, expectLawful } from './absence-rig.ts';
import {
  expectTrue,
  FULL,
  historyOf,
  HOUR_MS,
  openRecordsOf,
  openStack,
  pathOf,
  pathsOf,
  recordOf,
  storyOf,
  type Stack,
  type StackOptions,
} from './knowledge-stack-rig.ts';

const OLD = '/v1/workflows/document_versions';
const NEW = '/v1/system-jobs/document_versions';
const LIVE = '/v1/system-jobs';
const [D1, D2, D3] = ['d1', 'd2', 'd3'].map((id) => workflowIdOf(id)) as [string, string, string];

/** A tenant with one document that is under way, one that waits and one that is done. */
async function withDocuments(server: StackOptions['server'] = {}): Promise<Stack> {
  const stack = await openStack({ streams: ['documents'], server });
  for (const id of ['d1', 'd2', 'd3']) stack.world.addDocument({ id });
  stack.world.moveDocument('d1', 'running');
  stack.world.moveDocument('d3', 'succeeded');
  return stack;
}

async function anomaliesOf({ ledger }: Stack): Promise<readonly unknown[]> {
  const { rows } = await sql`
    select a.record_id, a.event_type, a.anomalies, e.facts ->> 'engine_status' as told
    from runledger.anomalies a join runledger.events e using (position)
    order by position`.execute(ledger.db);
  return rows;
}

describe('what runs the ingestion of a document', () => {
  it('is asked once a sync for each that is open, and once more when one has ended', async () => {
    const stack = await withDocuments();
    const details = (...ids: string[]): readonly string[] => [NEW, ...ids.map((id) => pathOf(NEW, id))];
    await stack.poll();
    expect(await recordOf(stack, D1)).toMatchObject({
      ...{ status: 'running', source_status: 'processing', engine_status: 'RUNNING' },
      ...{ run_id: temporalRunIdOf('d1', 1), workflow_type: 'DocumentIngestionWorkflow', chunk_count: null },
    });
    // It was done before anybody saw it: what ran it is not asked for any more.
    expect(await recordOf(stack, D3)).toMatchObject({ status: 'succeeded', engine_status: null, run_id: null });
    for (let polls = 0; polls < 2; polls += 1) {
      const { asked, told } = await stack.poll();
      expect({ asked: pathsOf(asked).toSorted(), told }).toEqual({ asked: details('d1', 'd2'), told: [] });
    }
    stack.world.moveDocument('d1', 'succeeded');
    expect(pathsOf((await stack.poll()).asked).toSorted()).toEqual(details('d1', 'd2'));
    expect(await recordOf(stack, D1)).toMatchObject({
      ...{ status: 'succeeded', engine_status: 'COMPLETED' },
      chunk_count: BigInt(stack.world.document('d1')?.chunkCount ?? -1),
    });
    expect(pathsOf((await stack.poll()).asked).toSorted()).toEqual(details('d2'));
    // Another attempt has another run.
    stack.world.retryDocument('d1');
    await stack.poll();
    expect(await recordOf(stack, D1)).toMatchObject({ engine_status: 'RUNNING', run_id: temporalRunIdOf('d1', 2), chunk_count: null });
    await expectTrue(stack);
  });

  it('tells its status by either name, and no more where the server knows no more', async () => {
    const stack = await withDocuments({ generation: 1, temporalStatusName: 'execution_status' });
    await stack.poll();
    expect(await recordOf(stack, D2)).toMatchObject({ status: 'queued', engine_status: 'RUNNING', run_id: null, workflow_type: null });
    expect((await stack.poll()).told).toEqual([]);
  });

  it('may contradict the database: what that says counts, and the contradiction stands on the event that tells it', async () => {
    let other: Readonly<Record<string, TemporalState>> = {};
    const stack = await withDocuments({ temporalOf: ({ id }) => other[id] ?? null });
    stack.world.moveDocument('d2', 'running');
    await stack.poll();
    other = {
      d1: { status: 'TIMED_OUT', closeTime: stack.world.now },
      d2: { status: 'RUNNING', closeTime: null },
    };
    expect((await stack.poll()).told).toEqual([`${D1} amended`]);
    const conflict = { event_type: 'amended', anomalies: ['status_conflict'] };
    const first = { ...conflict, record_id: D1, told: 'TIMED_OUT' };
    expect(await anomaliesOf(stack)).toEqual([first]);
    expect(await recordOf(stack, D1)).toMatchObject({ status: 'running', source_status: 'processing', engine_status: 'TIMED_OUT' });

    stack.world.moveDocument('d1', 'failed', 'The ingestion took too long');
    stack.world.moveDocument('d2', 'succeeded');
    expect((await stack.poll()).told).toEqual([
      `${D1} status_changed failed`,
      // How many chunks there are is told by the detail, by which the engine is at work still.
      ...[`${D2} amended`, `${D2} status_changed succeeded`],
    ]);
    expect(await anomaliesOf(stack)).toEqual([first, { ...conflict, record_id: D2, told: null }]);
    expect((await stack.poll()).told).toEqual([]);
    await expectLawful(stack.ledger);
  });

  it('forgets it after a while, which shows nothing of the document: it is listed, and neither missing nor gone', async () => {
    const closed: { at: TemporalState | null } = { at: null };
    const stack = await withDocuments({ temporalRetentionMs: HOUR_MS, temporalOf: ({ id }) => (id === 'd1' ? closed.at : null) });
    await stack.poll();
    // It died, and the database goes on to show its document as under way.
    closed.at = { status: 'TERMINATED', closeTime: stack.world.now };
    await stack.poll();
    const events = (await historyOf(stack, D1)).length;
    const { asked } = await stack.poll({}, 3 * HOUR_MS);
    expect(asked.flatMap(({ path, status }) => (status === 404 ? [path] : []))).toEqual([pathOf(NEW, 'd1')]);
    for (let scans = 0; scans < 3; scans += 1) {
      const { told, stream } = await stack.poll(FULL);
      expect({ told, stream }).toMatchObject({
        told: [],
        stream: { status: 'succeeded', has_absence_proof: true, open_count: 2, error: null },
      });
    }
    expect((await openRecordsOf(stack)).map(({ record_id, missing_since_at }) => [record_id, missing_since_at])).toEqual([
      [D1, null],
      [D2, null],
    ]);
    expect(await historyOf(stack, D1)).toHaveLength(events);
    expect(await recordOf(stack, D3)).toMatchObject({ status: 'succeeded', is_present: true });
    await expectLawful(stack.ledger);
  });

  describe('is asked by itself for an id that is tracked and that no version of a document leads to', () => {
    const D4 = workflowIdOf('d4');

    async function withExecution(): Promise<Stack> {
      const isD4 = ({ path }: { readonly path: string }): boolean => path === pathOf(NEW, 'd4');
      const stack = await withDocuments({
        isListed: ({ id }) => id !== 'd4',
        intercept: (request) => (isD4(request) ? { status: 404, body: { detail: 'Not found' } } : null),
      });
      const { world, ledger, system } = stack;
      world.addDocument({ id: 'd4' });
      world.moveDocument('d4', 'running');
      await stack.poll();
      await trackRecords(ledger, { connection: system.name, stream: 'documents', recordIds: [D4], now: world.now, log: silent });
      return stack;
    }

    it('and is then its status, to the end', async () => {
      const stack = await withExecution();
      const { asked, stream } = await stack.poll();
      expect(pathsOf(asked)).toEqual(expect.arrayContaining([pathOf(NEW, 'd4'), pathOf(LIVE, 'd4')]));
      expect(stream).toMatchObject({ status: 'succeeded', open_count: 3, rejected_count: 0 });
      expect(await storyOf(stack, D4)).toEqual(['discovered running #1']);
      expect(await recordOf(stack, D4)).toMatchObject({ status: 'running', source_status: 'RUNNING', engine_status: 'RUNNING' });
      expect((await stack.poll()).told).toEqual([]);
      stack.world.moveDocument('d4', 'cancelled');
      expect((await stack.poll()).told).toContain(`${D4} status_changed cancelled`);
      expect(await recordOf(stack, D4)).toMatchObject({ status: 'cancelled', finished_at: stack.world.document('d4')?.finishedAt });
      await expectLawful(stack.ledger);
    });

    it('and is not taken for gone because neither a list nor the detail, which never showed it, does', async () => {
      const stack = await withExecution();
      await stack.poll();
      stack.world.moveDocument('d4', 'cancelled');
      await stack.poll();
      expect(await recordOf(stack, D4)).toMatchObject({ status: 'cancelled' });
      for (let scans = 0; scans < 3; scans += 1) expect((await stack.poll(FULL)).told).toEqual([]);
      expect(await recordOf(stack, D4)).toMatchObject({ is_present: true });
    });
  });
});

describe.each([
  [1, OLD],
  [2, NEW],
] as const)('a document of generation %i that is deleted', (generation, root) => {
  it('has disappeared after the second full scan that does not show it, and not at the first', async () => {
    const stack = await withDocuments({ generation });
    const { world } = stack;
    await stack.poll();
    await stack.poll(FULL);
    const seenAt = world.now;
    world.advanceBy(1_000);
    for (const id of ['d2', 'd3']) world.deleteDocument(id);
    expect((await stack.poll()).told).toEqual([]);
    const first = await stack.poll(FULL);
    expect({ told: first.told, stream: first.stream }).toMatchObject({
      told: [],
      stream: { status: 'succeeded', has_absence_proof: true },
    });
    expect((await openRecordsOf(stack)).map(({ record_id, missing_since_at }) => [record_id, missing_since_at !== null])).toEqual([
      [D1, false],
      [D2, true],
    ]);
    // Without another scan nothing is known that was not before.
    expect((await stack.poll()).told).toEqual([]);
    const second = await stack.poll(FULL);
    expect(second.told).toEqual([`${D2} disappeared`, `${D3} disappeared`]);
    for (const { earliest_at, latest_at, record_id } of second.events) {
      expect([record_id, earliest_at === seenAt, latest_at === world.now]).toEqual([record_id, true, true]);
    }
    expect(await evidenceOfAbsence(stack.ledger)).toEqual([`${D2} ${pathOf(root, 'd2')} 404`, `${D3} ${pathOf(root, 'd3')} 404`]);
    expect((await stack.poll(FULL)).told).toEqual([]);
    await expectTrue(stack);
  });

  it('has disappeared so too where the engine has forgotten all the others, and answers 404 for them as well', async () => {
    const stack = await openStack({ streams: ['documents'], server: { generation, temporalRetentionMs: HOUR_MS } });
    const { world } = stack;
    for (const id of ['d1', 'd2', 'd3']) {
      world.addDocument({ id });
      world.moveDocument(id, 'succeeded');
    }
    await stack.poll();
    world.advanceBy(2 * HOUR_MS);
    world.deleteDocument('d2');
    expect(await stack.poll(FULL)).toMatchObject({ told: [], stream: { status: 'succeeded', error: null } });
    expect(await stack.poll(FULL)).toMatchObject({ told: [`${D2} disappeared`], stream: { status: 'succeeded', error: null } });
    expect((await stack.poll(FULL)).told).toEqual([]);
    await expectTrue(stack);
  });
});
