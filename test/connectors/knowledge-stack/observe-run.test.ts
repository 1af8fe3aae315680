import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseInstant } from '../../../src/model/instant.ts';
import { observeRun, observeRunWithWorkflow } from '../../../src/connectors/knowledge-stack/observe-run.ts';
import type { ItemContext, Rejection } from '../../../src/model/connector.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { itemContext, RESPONSE } from '../../observe/evidence.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { DEFINITION_ID, FIRST_RUN, ID, SECOND_RUN, TENANT_ID, USER_ID } from './run-examples.ts';

const STARTED = '2026-04-01T10:01:00.000000Z';

describe('a run', () => {
  const expected = {
    recordId: ID,
    reading: { kind: 'known', status: 'succeeded', reason: null },
    sourceStatus: 'COMPLETED',
    createdAt: '2026-04-01T10:00:00.000000Z',
    queuedEvidence: '2026-04-01T10:00:00.000000Z',
    startedAt: STARTED,
    runningEvidence: STARTED,
    finishedAt: '2026-04-01T10:05:00.000000Z',
    terminalEvidence: '2026-04-01T10:05:00.000000Z',
    sourceUpdatedAt: '2026-04-01T10:05:01.000000Z',
    error: null,
    anomalies: [],
    response: RESPONSE,
  };
  const facts = { workflow_id: DEFINITION_ID, triggered_by_user_id: USER_ID, time_limit_seconds: 300 };

  it('of the first generation is observed as the page has it', () => {
    const { body, ...rest } = observed(FIRST_RUN);
    expect(rest).toEqual({ ...expected, facts: { ...facts, runner_type: 'SELF_HOSTED' } });
    expect(body).toEqual({
      id: ID,
      workflow_definition_id: DEFINITION_ID,
      user_id: USER_ID,
      runner_type: 'SELF_HOSTED',
      status: 'COMPLETED',
      started_at: '2026-04-01T10:01:00Z',
      completed_at: '2026-04-01T10:05:00Z',
      created_at: '2026-04-01T10:00:00Z',
      updated_at: '2026-04-01T10:05:01Z',
    });
    expect(observeRun(FIRST_RUN, itemContext())).toMatchObject({ accountId: null });
  });

  it('of the second is the same, with its attempt and its tenant', () => {
    const { body, ...rest } = observed(SECOND_RUN);
    expect(rest).toEqual({ ...expected, facts, attemptKey: STARTED });
    expect(body).toMatchObject({ tenant_id: TENANT_ID, name: 'Invoices of April', triggered_by: { user_id: USER_ID } });
    expect(observeRun(SECOND_RUN, itemContext())).toMatchObject({ accountId: TENANT_ID });
  });

  it('tells the name of its workflow from its snapshot, which is not its own name, only where that is asked for', () => {
    const workflowOf = (run: unknown): unknown => {
      const result = observeRunWithWorkflow(run, itemContext());
      return result.kind === 'observation' ? result.observation.workflow : result;
    };
    for (const run of [FIRST_RUN, SECOND_RUN]) {
      expect(workflowOf(run)).toEqual({ id: DEFINITION_ID, name: 'Invoices', type: null, namedAt: parseInstant(run.created_at) });
      expect(observed(run)).not.toHaveProperty('workflow');
    }
    for (const odd of [{ run_snapshot: null }, { run_snapshot: { workflow_name: 7 } }, { workflow_definition_id: null }])
      expect(workflowOf({ ...SECOND_RUN, ...odd })).toBeUndefined();
    expect(observeRunWithWorkflow(null, itemContext()).kind).toBe('rejection');
  });
});

describe('an error', () => {
  it('is told only of a run that failed or was stopped', () => {
    const errorOf = (execution_state: string): unknown => observed({ ...SECOND_RUN, execution_state, error: 'left over' }).error;
    expect(['PENDING', 'NOT_STARTED', 'IN_PROGRESS', 'COMPLETED'].map(errorOf)).toEqual([null, null, null, null]);
    expect([errorOf('FAILED'), errorOf('SUSPENDED')]).toEqual(['left over', 'left over']);
  });

  it('is as long as the source takes it', () => {
    const errorOf = (error: unknown): unknown => observed({ ...FIRST_RUN, status: 'FAILED', error }).error;
    expect(errorOf('x'.repeat(10_000))).toBe('x'.repeat(8_192));
    expect(['a\u0000b', ' ', null, {}].map(errorOf)).toEqual(['a\\u0000b', null, null, null]);
  });
});

describe('a start', () => {
  it('of the first generation is evidence only past PENDING, and where it is not the creation', () => {
    const first = (status: string, started_at: string): unknown => observed({ ...FIRST_RUN, status, started_at }).runningEvidence;
    expect(first('PENDING', '2026-04-01T10:01:00Z')).toBeUndefined();
    expect(first('RUNNING', '2026-04-01T10:01:00Z')).toBe(STARTED);
    expect(first('FAILED', '2026-04-01T10:01:00Z')).toBe(STARTED);
    expect(first('RUNNING', FIRST_RUN.created_at)).toBeUndefined();
    expect(first('SUSPENDED', '2026-04-01T10:01:00Z')).toBeUndefined();
    expect(observed({ ...FIRST_RUN, status: 'PENDING' }).startedAt).toBe(STARTED);
  });

  it('of the second is evidence and the attempt’s key past queued, and neither while it is queued', () => {
    for (const execution_state of ['PENDING', 'NOT_STARTED']) {
      const observation = observed({ ...SECOND_RUN, execution_state });
      expect(observation).toMatchObject({ attemptKey: null, startedAt: STARTED });
      expect(observation).not.toHaveProperty('runningEvidence');
    }
    for (const execution_state of ['IN_PROGRESS', 'COMPLETED', 'FAILED'])
      expect(observed({ ...SECOND_RUN, execution_state })).toMatchObject({ attemptKey: STARTED, runningEvidence: STARTED });
    expect(observed({ ...SECOND_RUN, started_at: SECOND_RUN.created_at })).toHaveProperty('runningEvidence');
  });

  it('that is written otherwise is the same key', () => {
    for (const started_at of ['2026-04-01T10:01:00', '2026-04-01 12:01:00.000+02:00', '2026-04-01T10:01:00.0000000Z'])
      expect(observed({ ...SECOND_RUN, started_at }).attemptKey).toBe(STARTED);
  });

  it('that failed without one has no key; where the answer does not tell, it is unknown', () => {
    expect(observed({ ...SECOND_RUN, execution_state: 'FAILED', started_at: null })).toMatchObject({ attemptKey: null, startedAt: null });
    for (const started_at of [undefined, 'soon', 7]) expect(observed({ ...SECOND_RUN, started_at })).not.toHaveProperty('attemptKey');
    expect(observed(FIRST_RUN)).not.toHaveProperty('attemptKey');
  });
});

describe('a finish', () => {
  it('that stands in an open run is of an attempt before, and no evidence', () => {
    const observation = observed({ ...SECOND_RUN, execution_state: 'IN_PROGRESS' });
    expect(observation.finishedAt).toBe('2026-04-01T10:05:00.000000Z');
    expect(observation).not.toHaveProperty('terminalEvidence');
  });
});

describe('a field', () => {
  it('that the answer does not carry is left out', () => {
    const observation = observed({ id: ID, status: 'RUNNING' });
    expect(Object.keys(observation).sort()).toEqual([
      'anomalies',
      'body',
      'error',
      'facts',
      'reading',
      'recordId',
      'response',
      'sourceStatus',
    ]);
    expect(observation.facts).toEqual({});
  });

  it('that is null is known to be none where it can become so again, and teaches nothing where it is settled', () => {
    const nothing = { started_at: null, completed_at: null, run_snapshot: null, triggered_by: null, workflow_definition_id: null };
    expect(observed({ ...SECOND_RUN, ...nothing })).toMatchObject({ startedAt: null, finishedAt: null, facts: {} });
    expect(observed({ ...SECOND_RUN, ...nothing, created_at: null, updated_at: null }).anomalies).toEqual([]);
  });

  it('of the wrong type never costs the run', () => {
    const wrong = {
      workflow_definition_id: 7,
      triggered_by: 'somebody',
      run_snapshot: [],
      runner_type: 'https://runner.example/?token=SECRET',
      tenant_id: {},
      approval_state: [],
      error: { message: 'x' },
      completed_at: {},
      inputs: 7,
    };
    const result = observeRun({ ...SECOND_RUN, ...wrong }, itemContext());
    expect(result).toMatchObject({ kind: 'observation', accountId: null, observation: { facts: {}, anomalies: ['bad_time'] } });
    expect(result).not.toHaveProperty('observation.finishedAt');
  });

  it.each(['created_at', 'started_at', 'completed_at', 'updated_at'])('%s that is bad is flagged, and not carried', (field) => {
    for (const time of ['0001-01-01T00:00:00Z', 'next Tuesday', '', 1_767_225_600, true])
      expect(observed({ ...SECOND_RUN, [field]: time }).anomalies).toEqual(['bad_time']);
  });
});

describe('an item that cannot be understood', () => {
  it.each([
    [null, 'it is of type null, not an object'],
    ['text', 'it is of type string, not an object'],
    [[FIRST_RUN], 'it is of type array, not an object'],
    [{ status: 'RUNNING' }, 'its id is missing'],
    [{ ...FIRST_RUN, id: 12 }, 'its id is of type number, not a text'],
    [{ id: ID }, 'it has no status'],
    [{ id: ID, status: null }, 'it has no status'],
    [{ id: ID, execution_state: 7 }, 'its status is of type number, not a text'],
    [{ id: ID, status: '' }, 'its status is empty'],
  ])('is rejected, and says why (%#)', (item, reason) => {
    expect(rejected(item)).toMatchObject({ reason, raw: null, response: RESPONSE });
  });

  it('keeps no value of its content', () => {
    const item = { status: 'FAILED', run_snapshot: { user_message: 'SECRET' } };
    expect(JSON.stringify({ ...rejected(item), response: null })).not.toContain('SECRET');
    expect(rejected(item, { payloads: 'full' }).raw).toBe(JSON.stringify(item));
  });
});

describe('what is kept of a payload', () => {
  it('holds no path, message, person, input or output under redacted', () => {
    const secret = { text: 'SECRET', SECRET: ['SECRET'] };
    const item = { ...SECOND_RUN, inputs: secret, outputs: secret, excluded_common_files: [secret], asset_s3_url: 'https://SECRET' };
    expect(JSON.stringify(SECOND_RUN)).toContain('SECRET');
    for (const run of [item, { ...FIRST_RUN, run_snapshot: SECOND_RUN.run_snapshot }, FIRST_RUN])
      for (const observe of [observeRun, observeRunWithWorkflow])
        expect(JSON.stringify(observe(run, itemContext()), noBigints)).not.toContain('SECRET');
  });

  it('is the item under full, and nothing under none', () => {
    expect(observed(SECOND_RUN, { payloads: 'full' }).body).toEqual(SECOND_RUN);
    expect(observed(SECOND_RUN, { payloads: 'none' }).body).toBeNull();
  });
});

it('any JSON at any place gives an observation or a rejection, and the same one again (property)', () => {
  const anything = fc.jsonValue({ stringUnit: 'binary', maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
  const name = fc.constantFrom(...Object.keys({ ...FIRST_RUN, ...SECOND_RUN }));
  const item = fc.oneof(
    anything,
    fc.array(fc.tuple(name, anything), { maxLength: 6 }).map((entries): unknown => Object.fromEntries(entries)),
  );
  fc.assert(
    fc.property(item, fc.boolean(), fc.constantFrom('redacted', 'full', 'none'), (odd, isRun, payloads) => {
      const made = isRun ? { ...(odd as object), id: ID, status: 'FAILED', execution_state: 'FAILED' } : odd;
      const result = observeRun(made, itemContext({ payloads }));
      expect(['observation', 'rejection']).toContain(result.kind);
      if (isRun) expect(result.kind).toBe('observation');
      expect(observeRun(JSON.parse(JSON.stringify(made)), itemContext({ payloads }))).toEqual(result);
    }),
    propertyRuns(200),
  );
});

function observed(item: unknown, changes: Partial<ItemContext> = {}): Observation {
  const result = observeRun(item, itemContext(changes));
  if (result.kind !== 'observation') throw new Error(`not observed: ${JSON.stringify(result, noBigints)}`);
  return result.observation;
}

function rejected(item: unknown, changes: Partial<ItemContext> = {}): Rejection {
  const result = observeRun(item, itemContext(changes));
  if (result.kind !== 'rejection') throw new Error('not rejected');
  return result.rejection;
}

function noBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
