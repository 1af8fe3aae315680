import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observeRun } from '../../../src/connectors/morphik/observe-run.ts';
import type { ItemContext, Rejection } from '../../../src/model/connector.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { itemContext, RESPONSE } from '../../observe/evidence.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { runExample } from './page-example.ts';

const STARTED = '2025-08-01T10:00:00.123456Z';
const COMPLETED = '2025-08-01T10:04:00.654321Z';
const TIMED_OUT = 'Workflow execution timed out after 300 seconds';
const RUN = {
  id: 'run-1',
  workflow_id: 'wf-1',
  document_id: 'doc-1',
  user_id: 'user-1',
  app_id: 'app-1',
  status: 'completed',
  started_at: STARTED,
  completed_at: COMPLETED,
  results_per_step: [{ markdown: 'SECRET' }, { result: 'SECRET', model_used: 'm', tokens_used: 120 }],
  final_output: { result: 'SECRET' },
  error: null,
  system_metadata: {},
} as const;

describe('the example of the vendor’s page', () => {
  it('is a queued run, whose times are then no evidence and whose error is none', () => {
    const { body, ...rest } = observed(runExample());
    expect(rest).toEqual({
      recordId: '<string>',
      reading: { kind: 'known', status: 'queued', reason: null },
      sourceStatus: 'queued',
      startedAt: '2023-11-07T05:31:56.000000Z',
      finishedAt: '2023-11-07T05:31:56.000000Z',
      error: null,
      facts: { workflow_id: '<string>', document_id: '<string>', triggered_by_user_id: '<string>', time_limit_seconds: 300 },
      anomalies: [],
      response: RESPONSE,
    });
    expect(body).toEqual({
      id: '<string>',
      workflow_id: '<string>',
      document_id: '<string>',
      user_id: '<string>',
      app_id: '<string>',
      status: 'queued',
      started_at: '2023-11-07T05:31:56Z',
      completed_at: '2023-11-07T05:31:56Z',
    });
  });

  it('shows the app that the token is bound to', () => {
    expect(observeRun(runExample(), itemContext())).toMatchObject({ kind: 'observation', accountId: '<string>' });
    expect(observeRun({ ...RUN, app_id: null }, itemContext())).toMatchObject({ kind: 'observation', accountId: null });
  });
});

describe('a status', () => {
  it.each([
    ['queued', 'queued'],
    ['running', 'running'],
    ['completed', 'succeeded'],
    ['failed', 'failed'],
    ['FAILED', 'failed'],
  ])('%s is %s', (word, status) => {
    expect(observed({ ...RUN, status: word })).toMatchObject({ reading: { kind: 'known', status, reason: null }, sourceStatus: word });
  });

  it('that is left out is queued, as the server takes it', () => {
    const run = { ...RUN, started_at: null, completed_at: null };
    const leftOut = observed({ ...run, status: undefined }, { payloads: 'none' });
    expect(leftOut).toEqual(observed({ ...run, status: 'queued' }, { payloads: 'none' }));
    expect(leftOut).toMatchObject({ reading: { kind: 'known', status: 'queued' }, sourceStatus: 'queued' });
  });

  it('that is null is unknown, and no word of the source', () => {
    expect(observed({ ...RUN, status: null })).toMatchObject({ reading: { kind: 'unknown' }, sourceStatus: null });
  });

  it('that nobody documents is unknown and kept, cut at 200 characters', () => {
    expect(observed({ ...RUN, status: 'paused' })).toMatchObject({ reading: { kind: 'unknown' }, sourceStatus: 'paused' });
    expect(observed({ ...RUN, status: '😀'.repeat(500) }).sourceStatus).toBe('😀'.repeat(200));
  });

  it('that nobody documents can be mapped by the user', () => {
    const statuses = { paused: 'running', completed: 'failed' } as const;
    expect(observed({ ...RUN, status: 'paused' }, { statuses })).toMatchObject({
      reading: { status: 'running' },
      runningEvidence: STARTED,
    });
    expect(observed(RUN, { statuses }).reading).toMatchObject({ status: 'succeeded' });
  });
});

describe('a run that took too long', () => {
  it('failed by a timeout', () => {
    expect(observed({ ...RUN, status: 'failed', error: TIMED_OUT })).toMatchObject({
      reading: { kind: 'known', status: 'failed', reason: 'timeout' },
      error: TIMED_OUT,
    });
  });

  it('is told by those words alone, and only where it failed', () => {
    expect(observed({ ...RUN, status: 'failed', error: `Step 2: ${TIMED_OUT}` }).reading).toMatchObject({ reason: null });
    expect(observed({ ...RUN, status: 'running', error: TIMED_OUT }).reading).toMatchObject({ status: 'running', reason: null });
  });
});

describe('an error', () => {
  it.each([
    ['Action x not found in registry', 'Action x not found in registry'],
    ['a\u0000b', 'a\\u0000b'],
    ['x'.repeat(5_000), 'x'.repeat(1_000)],
    ['', null],
    [null, null],
    [{ message: 'SECRET' }, null],
  ])('of a failed run is told in the source’s words (%#)', (error, text) => {
    expect(observed({ ...RUN, status: 'failed', error }).error).toBe(text);
  });

  it('of a run that has not failed is none; under a word that nobody understands it may be one', () => {
    for (const status of ['queued', 'running', 'completed']) expect(observed({ ...RUN, status, error: 'left over' }).error).toBeNull();
    expect(observed({ ...RUN, status: 'paused', error: 'why' }).error).toBe('why');
  });
});

describe('times', () => {
  it('are evidence of the statuses that the run has reached', () => {
    const times = { startedAt: STARTED, finishedAt: COMPLETED };
    for (const status of ['completed', 'failed'])
      expect(observed({ ...RUN, status })).toMatchObject({ ...times, runningEvidence: STARTED, terminalEvidence: COMPLETED });
    const running = observed({ ...RUN, status: 'running' });
    expect(running).toMatchObject({ ...times, runningEvidence: STARTED });
    expect(running).not.toHaveProperty('terminalEvidence');
    for (const status of ['queued', 'paused'])
      for (const field of ['runningEvidence', 'terminalEvidence']) expect(observed({ ...RUN, status })).not.toHaveProperty(field);
  });

  it('that are null are known to be none: a run can fail without having started', () => {
    expect(observed({ ...RUN, status: 'failed', started_at: null })).toMatchObject({ startedAt: null, terminalEvidence: COMPLETED });
    expect(observed({ ...RUN, status: 'running', completed_at: null })).toMatchObject({ runningEvidence: STARTED, finishedAt: null });
  });

  it('of queueing and creation are not told by any run', () => {
    for (const field of ['createdAt', 'queuedEvidence', 'sourceUpdatedAt', 'attemptKey', 'workflow'])
      expect(observed(RUN)).not.toHaveProperty(field);
  });

  it.each(['0001-01-01T00:00:00Z', 'soon', '', 1_767_225_600])('that are bad (%j) are flagged and not carried', (time) => {
    const observation = observed({ ...RUN, started_at: time });
    expect(observation).toMatchObject({ anomalies: ['bad_time'], terminalEvidence: COMPLETED });
    for (const field of ['startedAt', 'runningEvidence']) expect(observation).not.toHaveProperty(field);
    expect(observed({ ...RUN, completed_at: time }).anomalies).toEqual(['bad_time']);
  });
});

describe('facts', () => {
  const OWN = { workflow_id: 'wf-1', document_id: 'doc-1', triggered_by_user_id: 'user-1', time_limit_seconds: 300 };

  it('of a finished run count its steps and their tokens', () => {
    expect(observed(RUN).facts).toEqual({ ...OWN, step_count: 2, token_count: 120 });
    const failed = { ...RUN, status: 'failed', results_per_step: [{ tokens_used: 7 }, { tokens_used: 5 }, {}, null] };
    expect(observed(failed).facts).toEqual({ ...OWN, step_count: 4, token_count: 12 });
    expect(observed({ ...failed, results_per_step: [] }).facts).toEqual({ ...OWN, step_count: 0 });
  });

  it('of an open run count nothing: its results are saved when it ends', () => {
    for (const status of ['queued', 'running', 'paused']) expect(observed({ ...RUN, status }).facts).toEqual(OWN);
  });

  it('tell no count of tokens where none is told, or none that a number holds', () => {
    for (const tokens of ['12', -1, 1.5, null, '9007199254740993', Number.MAX_SAFE_INTEGER])
      expect(observed({ ...RUN, results_per_step: [{ tokens_used: tokens }, { tokens_used: tokens }] }).facts).not.toHaveProperty(
        'token_count',
      );
    expect(observed({ ...RUN, results_per_step: 'odd' }).facts).toEqual(OWN);
  });

  it('that are settled at creation are not cleared by a null, nor by what is no id', () => {
    for (const odd of [null, 7, '', '..', 'x'.repeat(600)])
      expect(observed({ ...RUN, status: 'queued', workflow_id: odd, document_id: odd, user_id: odd }).facts).toEqual({
        time_limit_seconds: 300,
      });
  });
});

describe('an item that cannot be understood', () => {
  it.each([
    [null, 'it is of type null, not an object'],
    [[RUN], 'it is of type array, not an object'],
    [{ status: 'running' }, 'its id is missing'],
    [{ ...RUN, id: null }, 'its id is of type null, not a text'],
    [{ ...RUN, id: 'x'.repeat(600) }, 'its id is 600 bytes long; 512 are the most that the ledger keeps'],
    [{ ...RUN, status: 3 }, 'its status is of type number, not a text'],
    [{ ...RUN, status: '' }, 'its status is empty'],
  ])('is rejected, and says why (%#)', (item, reason) => {
    expect(rejected(item)).toMatchObject({ reason, raw: null, response: RESPONSE });
  });
});

describe('what is kept of a payload', () => {
  it('holds no result, output or error under redacted', () => {
    expect(JSON.stringify(observed({ ...RUN, status: 'failed', error: 'SECRET', system_metadata: { a: 'SECRET' } }).body)).not.toContain(
      'SECRET',
    );
    expect(JSON.stringify(observed(RUN).facts)).not.toContain('SECRET');
  });

  it('is the item under full, and nothing under none', () => {
    expect(observed(RUN, { payloads: 'full' }).body).toEqual(RUN);
    expect(observed(RUN, { payloads: 'none' }).body).toBeNull();
  });
});

it('any JSON at any place gives an observation or a rejection, and the same one again (property)', () => {
  const anything = fc.jsonValue({ stringUnit: 'binary' }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
  const fields = Object.fromEntries(Object.keys(RUN).map((name) => [name, anything]));
  const item = fc.oneof(anything, fc.record(fields, { requiredKeys: [] }));
  fc.assert(
    fc.property(item, fc.boolean(), fc.constantFrom('redacted', 'full', 'none'), (odd, isRun, payloads) => {
      const made = isRun ? { ...(odd as object), id: 'run-1', status: 'failed' } : odd;
      const result = observeRun(made, itemContext({ payloads }));
      if (isRun) expect(result.kind).toBe('observation');
      expect(observeRun(JSON.parse(JSON.stringify(made)), itemContext({ payloads }))).toEqual(result);
    }),
    propertyRuns(),
  );
});

function observed(item: unknown, context: Partial<ItemContext> = {}): Observation {
  const result = observeRun(item, itemContext(context));
  if (result.kind !== 'observation') throw new Error(`not observed: ${result.kind}`);
  return result.observation;
}

function rejected(item: unknown): Rejection {
  const result = observeRun(item, itemContext());
  if (result.kind !== 'rejection') throw new Error('not rejected');
  return result.rejection;
}
