import { describe, expect, it } from 'vitest';
import { workflowIdOf } from '../../src/simulator/knowledge-stack/ids.ts';
import type { Generation } from '../../src/simulator/knowledge-stack/settings.ts';
import { expectLawful } from './absence-rig.ts';
import { expectCaughtUpIn } from './hold-mixed.ts';
import {
  attemptsOf,
  FULL,
  generationOf,
  historyOf,
  HOUR_MS,
  MINUTE_MS,
  openStack,
  pathsOf,
  recordOf,
  runOf,
  type Polled,
  type Stack,
  type StackOptions,
} from './knowledge-stack-rig.ts';

const FAILURE = { error: 'The file cannot be read', failedSteps: 1, warnings: [] } as const;
const RUNS = '/v1/workflow-runs';
const OLD = '/v1/workflows/document_versions';
const NEW = '/v1/system-jobs/document_versions';

interface Upgradable extends Stack {
  upgradeTo(generation: Generation): void;
}

async function upgradable(options: StackOptions): Promise<Upgradable> {
  let generation: Generation = 1;
  const stack = await openStack({ ...options, server: { ...options.server, generation: () => generation } });
  return {
    ...stack,
    upgradeTo: (to) => {
      generation = to;
    },
  };
}

/** One run in each status, all of them seen by the first generation, long ago. */
async function withRuns(): Promise<Upgradable> {
  const stack = await upgradable({ streams: ['runs'], world: { runs: 30 } });
  const { world } = stack;
  for (const id of ['failed', 'queued', 'running', 'stopped']) world.addRun({ id });
  world.advanceBy(MINUTE_MS);
  for (const id of ['failed', 'running']) world.moveRun(id, 'running');
  world.advanceBy(MINUTE_MS);
  world.moveRun('failed', 'failed', FAILURE);
  world.moveRun('stopped', 'stopped');
  await stack.poll();
  expect(await generationOf(stack, 'runs')).toBe('1');
  world.advanceBy(2 * HOUR_MS);
  return stack;
}

const RECLASSIFIED = ['queued reclassified queued', 'running reclassified running'];

/** What was told but amendments: of more fields, or of what the new form alone tells. */
function newsOf({ told }: Polled): readonly string[] {
  return told.filter((event) => !event.endsWith(' amended'));
}

/** That the words are those of the second generation, and the ledger what the source shows. */
async function expectUpgraded(stack: Stack): Promise<void> {
  expect(await recordOf(stack, 'running')).toMatchObject({
    ...{ status: 'running', source_status: 'IN_PROGRESS', attempt: 1 },
    attempt_key: runOf(stack, 'running').startedAt,
  });
  expect(await recordOf(stack, 'queued')).toMatchObject({ status: 'queued', source_status: 'NOT_STARTED', attempt: 1, attempt_key: null });
  expect(await recordOf(stack, 'failed')).toMatchObject({ status: 'failed', source_status: 'FAILED', attempt: 1 });
  await expectCaughtUpIn(stack.ledger, [stack.system]);
  await expectLawful(stack.ledger);
}

describe('runs of a tenant that is upgraded between two syncs', () => {
  it('to the second generation are the same runs under other words', async () => {
    const stack = await withRuns();
    const before = await historyOf(stack, 'running');
    stack.upgradeTo(2);
    const upgraded = await stack.poll();
    expect(newsOf(upgraded)).toEqual(RECLASSIFIED);
    // What the new form alone tells is learnt of all of them at once.
    expect(upgraded.stream).toMatchObject({ status: 'succeeded', is_complete: true, mode: 'full', has_absence_proof: true, error: null });
    expect(await generationOf(stack, 'runs')).toBe('2');
    // It corrects the word of an entry, and so takes the evidence of that.
    const entered = before.at(-1);
    expect((await historyOf(stack, 'running')).find((event) => event.event_type === 'reclassified')).toMatchObject({
      ...{ from_status: 'running', to_status: 'running', source_status: 'IN_PROGRESS', attempt: 1, anomalies: [] },
      ...{ occurred_at: entered?.occurred_at, earliest_at: entered?.earliest_at, latest_at: entered?.latest_at },
    });
    expect(newsOf(await stack.poll(FULL))).toEqual([]);
    await expectUpgraded(stack);
    expect((await stack.poll(FULL)).told).toEqual([]);
  });

  it('by way of one that still lists them by definition are recognised at each step', async () => {
    const stack = await withRuns();
    stack.upgradeTo('2-by-definition');
    const halfway = await stack.poll();
    expect({ news: newsOf(halfway), status: halfway.stream.status }).toEqual({ news: RECLASSIFIED, status: 'succeeded' });
    expect(await generationOf(stack, 'runs')).toBe('2-by-definition');
    await expectUpgraded(stack);

    stack.upgradeTo(2);
    // The older form goes on to be served: a full scan looks for the newer one.
    expect((await stack.poll()).told).toEqual([]);
    expect(await generationOf(stack, 'runs')).toBe('2-by-definition');
    const second = await stack.poll(FULL);
    expect({ news: newsOf(second), paths: [...new Set(pathsOf(second.asked))] }).toEqual({ news: [], paths: [RUNS] });
    expect(second.stream).toMatchObject({ status: 'succeeded', has_absence_proof: true });
    expect(await generationOf(stack, 'runs')).toBe('2');
    await expectUpgraded(stack);
    expect((await stack.poll(FULL)).told).toEqual([]);
  });

  it.each([2, '2-by-definition'] as const)('to generation %s, and that moved meanwhile, have moved', async (generation) => {
    const stack = await withRuns();
    const { world } = stack;
    const firstEnd = runOf(stack, 'failed').finishedAt;
    const waiting = world.addRun({ id: 'waiting' });
    await stack.poll();
    stack.upgradeTo(generation);
    world.advanceBy(HOUR_MS);
    world.moveRun('queued', 'running');
    world.moveRun('running', 'succeeded');
    world.retryRun('stopped');
    world.retryRun('failed', { keepsStart: true });
    world.advanceBy(MINUTE_MS);
    world.moveRun('failed', 'failed', FAILURE);
    world.addRun({ id: 'young' });
    const { told, stream } = await stack.poll();
    expect({ status: stream.status, complete: stream.is_complete }).toEqual({ status: 'succeeded', complete: true });
    const failedAgain = told.filter((event) => event.startsWith('failed '));
    expect(failedAgain[0]).toMatch(/^failed reopened /);
    expect(told.filter((event) => !event.startsWith('failed ') && !event.endsWith(' amended'))).toEqual([
      'queued status_changed running',
      'running status_changed succeeded',
      'stopped reopened running',
      'waiting reclassified queued',
      'young discovered queued',
    ]);
    expect(await attemptsOf(stack, 'queued')).toMatchObject([{ started_at: runOf(stack, 'queued').startedAt }]);
    expect(await attemptsOf(stack, 'running')).toMatchObject([{ attempt: 1, finished_at: runOf(stack, 'running').finishedAt }]);
    expect(await attemptsOf(stack, 'failed')).toMatchObject([
      { outcome: 'failed', finished_at: firstEnd },
      { outcome: 'failed', finished_at: runOf(stack, 'failed').finishedAt },
    ]);
    expect(waiting.state).toBe('queued');
    expect(newsOf(await stack.poll(FULL))).toEqual([]);
    await expectCaughtUpIn(stack.ledger, [stack.system]);
    await expectLawful(stack.ledger);
  });

  it('to the second generation, and that failed and were retried meanwhile, have two attempts by the start that moved', async () => {
    const stack = await withRuns();
    const { world } = stack;
    const { startedAt } = runOf(stack, 'running');
    stack.upgradeTo(2);
    world.moveRun('running', 'failed', FAILURE);
    world.advanceBy(MINUTE_MS);
    world.retryRun('running');
    await stack.poll();
    expect(await attemptsOf(stack, 'running')).toMatchObject([
      { attempt: 1, started_at: startedAt },
      { attempt: 2, started_at: runOf(stack, 'running').startedAt, outcome: null },
    ]);
    await expectLawful(stack.ledger);
  });
});

/** An ingestion in each status, all of them seen at the old paths. */
async function withDocuments(keepsOldPaths: boolean): Promise<Upgradable> {
  const stack = await upgradable({ streams: ['documents'], server: { keepsOldPaths } });
  const { world } = stack;
  for (const id of ['done', 'poor', 'queued', 'running']) world.addDocument({ id });
  world.advanceBy(MINUTE_MS);
  world.moveDocument('running', 'running');
  world.moveDocument('done', 'succeeded');
  world.moveDocument('poor', 'failed', { error: 'The quota is used up', isOverQuota: true });
  await stack.poll();
  // What is open is looked at in detail, which the next sync may still tell of.
  await stack.poll();
  expect(await generationOf(stack, 'documents')).toBe('workflows');
  return stack;
}

const detailsOf = (root: string): readonly string[] => ['queued', 'running'].map((id) => `${root}/${encodeURIComponent(workflowIdOf(id))}`);
const POOR = workflowIdOf('poor');

describe('documents of a tenant that is upgraded between two syncs', () => {
  it('are read at the new paths where the old ones are gone', async () => {
    const stack = await withDocuments(false);
    stack.upgradeTo(2);
    const upgraded = await stack.poll();
    // What the first generation had no word for is told in the word that the second has.
    expect(upgraded.told).toEqual([`${POOR} reclassified failed`]);
    expect(pathsOf(upgraded.asked).toSorted()).toEqual([NEW, NEW, ...detailsOf(NEW), OLD].toSorted());
    expect(upgraded.stream).toMatchObject({ status: 'succeeded', is_complete: true, error: null });
    expect(await generationOf(stack, 'documents')).toBe('system-jobs');
    expect(await recordOf(stack, POOR)).toMatchObject({ status: 'failed', status_reason: 'quota', source_status: 'quota_limit' });
    const again = await stack.poll(FULL);
    expect({ told: again.told, paths: pathsOf(again.asked).toSorted() }).toEqual({ told: [], paths: [NEW, ...detailsOf(NEW)].toSorted() });
    await expectCaughtUpIn(stack.ledger, [stack.system]);
    await expectLawful(stack.ledger);
  });

  it('are read at the old paths as long as these answer, until a full scan finds the new ones', async () => {
    const stack = await withDocuments(true);
    stack.upgradeTo(2);
    stack.world.moveDocument('queued', 'running');
    const before = await stack.poll();
    expect(before.told).toContain(`${workflowIdOf('queued')} status_changed running`);
    expect(pathsOf(before.asked).toSorted()).toEqual([OLD, ...detailsOf(OLD)].toSorted());
    expect(await generationOf(stack, 'documents')).toBe('workflows');
    const scanned = await stack.poll(FULL);
    expect(newsOf(scanned)).toEqual([]);
    expect(pathsOf(scanned.asked).every((path) => path.startsWith(NEW))).toBe(true);
    expect(scanned.stream).toMatchObject({ status: 'succeeded', has_absence_proof: true });
    expect(await generationOf(stack, 'documents')).toBe('system-jobs');
    expect((await stack.poll(FULL)).told).toEqual([]);
    await expectCaughtUpIn(stack.ledger, [stack.system]);
    await expectLawful(stack.ledger);
  });

  it('failed no second time where the old paths answer, and merely have a word for why now', async () => {
    const stack = await withDocuments(true);
    stack.upgradeTo(2);
    expect((await stack.poll()).told).toEqual([`${POOR} reclassified failed`]);
    expect(await recordOf(stack, POOR)).toMatchObject({
      status: 'failed',
      status_reason: 'quota',
      source_status: 'quota_limit',
      attempt: 1,
    });
  });

  it('that were run again, or ended, meanwhile were', async () => {
    const stack = await withDocuments(false);
    const { world } = stack;
    stack.upgradeTo(2);
    world.advanceBy(HOUR_MS);
    world.moveDocument('running', 'succeeded');
    world.retryDocument('done');
    world.deleteDocument('queued');
    const upgraded = await stack.poll();
    expect(newsOf(upgraded)).toEqual(
      [
        ...[`${workflowIdOf('done')} reopened queued`, `${workflowIdOf('done')} status_changed running`],
        ...[`${workflowIdOf('running')} status_changed succeeded`, `${POOR} reclassified failed`],
      ].sort(),
    );
    expect(await attemptsOf(stack, workflowIdOf('done'))).toMatchObject([
      { outcome: 'succeeded' },
      { outcome: null, attempt_key: world.document('done')?.attemptAt },
    ]);
    expect(newsOf(await stack.poll(FULL))).toEqual([`${workflowIdOf('queued')} disappeared`]);
    await expectCaughtUpIn(stack.ledger, [stack.system]);
    await expectLawful(stack.ledger);
  });
});

it('a tenant that is upgraded has both streams go on in one sync, and no stream fails', async () => {
  const stack = await upgradable({ streams: ['runs', 'documents'], world: { runs: 20, documents: 20 } });
  await stack.poll();
  stack.upgradeTo(2);
  const upgraded = await stack.poll({}, HOUR_MS);
  expect(upgraded.streams).toMatchObject(
    ['runs', 'documents'].map((stream) => ({ stream, status: 'succeeded', is_complete: true, error: null })),
  );
  expect(newsOf(upgraded)).toEqual([]);
  const scanned = await stack.poll(FULL);
  expect(scanned.streams).toMatchObject(['runs', 'documents'].map(() => ({ has_absence_proof: true, error: null })));
  expect(scanned.told).toEqual([]);
  await expectCaughtUpIn(stack.ledger, [stack.system]);
  await expectLawful(stack.ledger);
});
