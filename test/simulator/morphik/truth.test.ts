import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Instant } from '../../../src/model/instant.ts';
import { parseInstant } from '../../../src/model/instant.ts';
import { documentAt } from '../../../src/simulator/document.ts';
import type { MorphikServer } from '../../../src/simulator/morphik/morphik-source.ts';
import { startMorphikSimulator } from '../../../src/simulator/morphik/start-morphik-simulator.ts';
import { MORPHIK_DOCUMENT_STATUS, MORPHIK_STATUS } from '../../../src/simulator/morphik/words.ts';
import { isFinished } from '../../../src/simulator/run.ts';
import { createWorld } from '../../../src/simulator/world.ts';
import { holdWhileItMoves, isThere, runShown } from '../moving-world.ts';
import { START } from '../start.ts';
import type { ListDocsPage, MorphikItem, MorphikRow } from './open-morphik.ts';
import { askMorphik, DOTTED_FIELDS, openMorphik } from './open-morphik.ts';

const RATES = {
  runsPerHour: 600,
  waitingShare: 0.3,
  stopShare: 0.2,
  failureShare: 0.2,
  deletionShare: 0.3,
  medianKeptMs: 600_000,
};
const DOCUMENT_RATES = {
  runsPerHour: 0,
  documentsPerHour: 300,
  documentFailureShare: 0.4,
  documentRetryShare: 0.7,
  documentRetrainShare: 0.5,
  documentEditShare: 0.3,
  documentCancelShare: 0.1,
  documentDeletionShare: 0.3,
  medianUploadedMs: 300_000,
  medianTrainingMs: 300_000,
  medianRetryMs: 300_000,
  medianSettledMs: 600_000,
  medianKeptMs: 600_000,
};

describe('the simulator shows the truth', () => {
  test('an answer that takes seconds each way shows the moment between', async () => {
    const world = createWorld({ seed: 1, startAt: START, rates: { runsPerHour: 0 } });
    const run = world.addRun({
      steps: [
        { afterMs: 1_000, state: 'running' },
        { afterMs: 3_000, state: 'succeeded' },
      ],
    });
    const morphik = await openMorphik(world, {
      latency: () => {
        world.advanceBy(2_500);
      },
    });
    const [item] = await morphik.items(`/workflows/${run.workflow.id}/runs`);
    expect(item?.status).toBe('running');
    expect(run.state).toBe('succeeded');
  });

  test('however the world moves, the runs of every workflow are as they were when it was answered', async () => {
    await holdWhileItMoves({
      world: { runs: 40, rates: RATES },
      form: fc.constant(null),
      choice: fc.constant(null),
      start: startMorphikSimulator,
      ask: async ({ world, url, nth, answeredAt }) => {
        const workflow = world.workflows[nth(world.workflows.length)];
        const items = (await askMorphik(url, 'GET', `/workflows/${workflow?.id ?? ''}/runs`)).body as MorphikItem[];
        const at = answeredAt();
        const there = world.runs.filter((run) => run.workflow === workflow && isThere(run, at));
        expect(items.map(({ id }) => id).toSorted()).toEqual(there.map(({ id }) => id).toSorted());
        for (const item of items) {
          const { run, state } = runShown(world, item.id, at);
          expect(item.status).toBe(MORPHIK_STATUS[state]);
          const started = run.transitions.find((transition) => transition.state === 'running');
          expect(instantOf(item.started_at)).toBe(started !== undefined && started.at <= at ? started.at : null);
          const finished = run.transitions.findLast((transition) => transition.at <= at);
          expect(instantOf(item.completed_at)).toBe(isFinished(state) ? finished?.at : null);
          expect(item['error'] === null).toBe(item.status !== 'failed');
        }
      },
    });
  });

  test('however the world moves, documents are as they were when it was answered, by servers of every age', async () => {
    await holdWhileItMoves({
      world: { documents: 40, rates: DOCUMENT_RATES },
      form: fc.constantFrom<MorphikServer[]>('current', 'dotted_only', 'bare_array'),
      choice: fc.constant(null),
      start: (options, server) => startMorphikSimulator({ ...options, server }),
      ask: async ({ world, url, form, answeredAt }) => {
        const wanted = { limit: 10_000, include_total_count: true, include_status_counts: true, fields: DOTTED_FIELDS };
        const { body } = await askMorphik(url, 'POST', '/documents', wanted);
        const at = answeredAt();
        const there = world.documents.filter((document) => !['deleted', undefined].includes(documentAt(document, at)?.state));
        const page = Array.isArray(body) ? null : (body as ListDocsPage);
        const rows = page?.documents ?? (body as MorphikRow[]);
        expect(page === null).toBe(form === 'bare_array');
        expect(rows.map((row) => row.external_id).toSorted()).toEqual(there.map(({ id }) => id).toSorted());
        if (page !== null) {
          expect(page.total_count).toBe(there.length);
          expect(Object.values(page.status_counts ?? {}).reduce((sum, count) => sum + count, 0)).toBe(there.length);
          const times = rows.map(({ system_metadata: state }) => instantOf(state['updated_at']) ?? '');
          expect(times).toEqual(times.toSorted().reverse());
        }
        for (const { external_id: id, system_metadata: shown } of rows) {
          const truth = there.find((document) => document.id === id);
          const transition = truth && documentAt(truth, at);
          if (truth === undefined || transition == null || transition.state === 'deleted') throw new Error(`${id} was not there at ${at}`);
          expect(shown['status']).toBe(MORPHIK_DOCUMENT_STATUS[transition.state]);
          expect(instantOf(shown['created_at'])).toBe(truth.createdAt);
          const updatedAt = instantOf(shown['updated_at']) ?? START;
          expect(updatedAt <= at && updatedAt >= transition.at).toBe(true);
          if (shown['status'] === 'failed') expect(shown['error']).toEqual(expect.any(String));
        }
      },
    });
  });
});

function instantOf(text: unknown): Instant | null {
  return typeof text === 'string' ? parseInstant(text) : null;
}
