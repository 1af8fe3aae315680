import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observeRun, type RunForm } from '../../../src/connectors/noxus/observe-run.ts';
import type { ItemContext, Rejection } from '../../../src/model/connector.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { itemContext, RESPONSE } from '../../observe/evidence.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { runExample } from './page-example.ts';

const ID = '3c90c3cc-0d44-4b50-8888-8dd25736052a';
const FORMS: readonly RunForm[] = ['listed', 'listed_by_knowledge_base', 'read', 'read_in_detail'];
const RUN = { id: ID, status: 'running', created_at: '2026-01-01T00:00:00Z' };

describe('the examples of the vendor’s pages', () => {
  const expected = {
    recordId: ID,
    reading: { kind: 'known', status: 'queued', reason: null },
    sourceStatus: 'queued',
    createdAt: '2023-11-07T05:31:56.000000Z',
    queuedEvidence: '2023-11-07T05:31:56.000000Z',
    finishedAt: '2023-11-07T05:31:56.000000Z',
    terminalEvidence: '2023-11-07T05:31:56.000000Z',
    progressPercent: 0,
    workflow: { id: ID, name: '<string>', type: 'flow' },
    anomalies: [],
    response: RESPONSE,
  };
  const facts = { workflow_id: ID, workflow_type: 'flow', trigger_source: '<string>' };

  it('of /v1/runs is one run', () => {
    const { body, ...rest } = observed(runExample('noxus-runs'), 'listed');
    expect(rest).toEqual({ ...expected, facts });
    expect(body).toMatchObject({ id: ID, status: 'queued', workflow: { name: '<string>' } });
    expect(body).not.toHaveProperty('node_ids');
  });

  it.each(['noxus-knowledge-base-runs', 'noxus-knowledge-base-runs-reference'] as const)(
    'of %s is the same run, with its collection',
    (name) => {
      const { body, ...rest } = observed(runExample(name), 'listed_by_knowledge_base', { parentId: 'kb-1' });
      expect(rest).toEqual({ ...expected, facts: { ...facts, collection_id: 'kb-1' } });
      expect(body).toMatchObject({ workflow: { meta: { tags: [] } } });
    },
  );

  it('show the workspace that the key belongs to', () => {
    expect(observeRun(runExample('noxus-runs'), itemContext(), 'listed')).toMatchObject({ kind: 'observation', accountId: ID });
  });
});

describe('a status', () => {
  it.each([
    ['queued', 'queued', null],
    ['running', 'running', null],
    ['awaiting_human_feedback', 'running', 'waiting_for_person'],
    ['completed', 'succeeded', null],
    ['failed', 'failed', null],
    ['stopped', 'cancelled', null],
    ['COMPLETED', 'succeeded', null],
  ])('%s is %s', (word, status, reason) => {
    expect(observed({ ...RUN, status: word })).toMatchObject({ reading: { kind: 'known', status, reason }, sourceStatus: word });
  });

  it('that nobody documents is unknown and kept, cut at 200 characters', () => {
    expect(observed({ ...RUN, status: 'hibernating' })).toMatchObject({ reading: { kind: 'unknown' }, sourceStatus: 'hibernating' });
    expect(observed({ ...RUN, status: '😀'.repeat(500) }).sourceStatus).toBe('😀'.repeat(200));
  });

  it('that nobody documents can be mapped by the user', () => {
    const statuses = { hibernating: 'running', completed: 'failed' } as const;
    expect(observed({ ...RUN, status: 'hibernating' }, 'listed', { statuses }).reading).toMatchObject({ status: 'running' });
    expect(observed({ ...RUN, status: 'completed' }, 'listed', { statuses }).reading).toMatchObject({ status: 'succeeded' });
  });
});

describe('a field', () => {
  it('that the answer does not carry is left out', () => {
    const observation = observed({ id: ID, status: 'running' });
    for (const field of [
      'createdAt',
      'queuedEvidence',
      'finishedAt',
      'terminalEvidence',
      'runningEvidence',
      'startedAt',
      'progressPercent',
      'workflow',
      'error',
    ])
      expect(observation).not.toHaveProperty(field);
    expect(observation.facts).toEqual({});
  });

  it('that is null is known to be none where it can become so again, and teaches nothing where it is settled at creation', () => {
    const observation = observed(
      { ...RUN, finished_at: null, workflow_id: null, source: null, workflow: null, workflow_version_id: null },
      'read',
    );
    expect(observation).toMatchObject({ finishedAt: null, terminalEvidence: null });
    expect(observation.facts).toEqual({});
    expect(observation).not.toHaveProperty('workflow');
  });

  it('of the wrong type never costs the run', () => {
    const wrong = {
      group_id: 1,
      workflow_id: {},
      source: ['s'],
      progress: 'half',
      workflow: 'w',
      finished_at: {},
      progress_details: 3,
      node_ids: 'n',
    };
    const result = observeRun({ ...RUN, ...wrong }, itemContext(), 'read_in_detail');
    expect(result).toMatchObject({ kind: 'observation', accountId: null, observation: { anomalies: ['bad_time'] } });
    expect((result as { observation: Observation }).observation).not.toHaveProperty('finishedAt');
    expect((result as { observation: Observation }).observation.facts).toEqual({ warning_kinds: [] });
  });

  it('of the embedded workflow that can change later is no fact of its runs', () => {
    const run = runExample('noxus-knowledge-base-runs');
    const edited = {
      ...run,
      workflow: {
        ...(run['workflow'] as object),
        name: 'Renamed',
        runs_count: 124,
        last_run_at: '2026-01-01T00:00:00Z',
        last_updated_at: '2026-01-01T00:00:00Z',
        workflow_hash: 'other',
        definition: { nodes: [1] },
        meta: { tags: ['new'], icon: 'i' },
      },
      definitions: { a: 1 },
    };
    for (const form of FORMS) expect(observed(edited, form).facts).toEqual(observed(run, form).facts);
    expect(observed(edited).workflow?.name).toBe('Renamed');
  });

  it('has one feed that tells it where the feeds could differ', () => {
    const run = { ...RUN, workflow_version_id: 'v1', progress_details: { per_node_progress: { a: { status: 'errored' } } } };
    const told = (form: RunForm) => Object.keys(observed(run, form, { parentId: 'kb-1' }).facts);
    expect(told('listed')).toEqual([]);
    expect(told('listed_by_knowledge_base')).toEqual(['collection_id']);
    expect(told('read')).toEqual(['workflow_version_id']);
    expect(told('read_in_detail')).toEqual(['workflow_version_id', 'errored_node_count', 'warning_kinds']);
  });
});

describe('a time', () => {
  it('with seven digits is cut, without a zone is UTC', () => {
    const observation = observed({ ...RUN, created_at: '2026-01-01T00:00:00.1234567Z', finished_at: '2026-01-01 01:00:00' });
    expect(observation).toMatchObject({
      createdAt: '2026-01-01T00:00:00.123456Z',
      finishedAt: '2026-01-01T01:00:00.000000Z',
      anomalies: [],
    });
  });

  it.each(['0001-01-01T00:00:00Z', '99999-12-31T00:00:00Z', 'next Tuesday', '', 1_767_225_600, [], true])(
    'that is bad (%j) is flagged, and not carried: it must not clear one that was understood',
    (time) => {
      const observation = observed({ ...RUN, created_at: time });
      expect(observation.anomalies).toEqual(['bad_time']);
      expect(observation).not.toHaveProperty('createdAt');
      expect(observation).not.toHaveProperty('queuedEvidence');
    },
  );
});

describe('an item that cannot be understood', () => {
  it.each([
    [null, 'it is of type null, not an object'],
    ['text', 'it is of type string, not an object'],
    [[RUN], 'it is of type array, not an object'],
    [{ status: 'running' }, 'its id is missing'],
    [{ ...RUN, id: 'x'.repeat(10_240) }, 'its id is 10240 bytes long; 512 are the most that the ledger keeps'],
    [{ ...RUN, id: 'a\u0000b' }, 'its id contains the character \\u0000, which Postgres cannot store'],
    [{ ...RUN, id: 'a\udfff' }, 'its id contains half of a surrogate pair, which UTF-8 cannot express'],
    [{ ...RUN, id: 12 }, 'its id is of type number, not a text'],
    [{ id: ID }, 'it has no status'],
    [{ id: ID, status: null }, 'its status is of type null, not a text'],
    [{ id: ID, status: '' }, 'its status is empty'],
  ])('is rejected, and says why (%#)', (item, reason) => {
    expect(rejected(item)).toMatchObject({ reason, raw: null, response: RESPONSE });
  });

  it('keeps no value of its content', () => {
    const item = { status: 'failed', input: { prompt: 'SECRET' }, name: 'SECRET' };
    expect(JSON.stringify({ ...rejected(item), response: null })).not.toContain('SECRET');
    expect(rejected(item, { payloads: 'full' }).raw).toBe(JSON.stringify(item));
  });
});

describe('odd texts', () => {
  it('are kept in a form that can be stored', () => {
    const workflow = { id: 'w', name: 'a\u0000b\ud800\u001b[31m', type: 'flow' };
    const observation = observed({ ...RUN, workflow, source: 'api\u0000' });
    expect(observation.workflow?.name).toBe('a\\u0000b\ufffd\u001b[31m');
    expect(observation.facts).not.toHaveProperty('trigger_source');
    expect(observed({ ...RUN, source: 'https://bucket.example/x?X-Amz-Signature=1' }).facts).not.toHaveProperty('trigger_source');
    expect(observation.body).toMatchObject({ workflow: { name: 'a\\u0000b\ufffd\u001b[31m' } });
  });

  it('and a number of 30 digits, which arrives as its text, change nothing else', () => {
    const digits = '123456789012345678901234567890';
    expect(observed({ ...RUN, progress: digits, unknown: digits, input: { n: digits } })).toMatchObject({ recordId: ID, anomalies: [] });
    expect(observed({ ...RUN, progress: digits })).not.toHaveProperty('progressPercent');
    expect(observed({ ...RUN, input: { n: digits } }, 'listed', { payloads: 'full' }).body).toMatchObject({ input: { n: digits } });
  });

  it('in a workflow id that cannot be kept as it stands leave the workflow unknown', () => {
    const observation = observed({ ...RUN, workflow_id: 'w\u0000', workflow: { id: 'x'.repeat(600), name: 'n' } });
    expect(observation.facts).toEqual({});
    expect(observation).not.toHaveProperty('workflow');
  });
});

describe('what is kept of a payload', () => {
  const CONTENT = ['input', 'output', 'workflow_definition', 'definitions', 'meta'] as const;

  it('holds no input, output, definition or person under redacted', () => {
    const secret = { text: 'SECRET', SECRET: ['SECRET'] };
    const run = runExample('noxus-knowledge-base-runs');
    const item = {
      ...run,
      ...Object.fromEntries(CONTENT.map((name) => [name, secret])),
      workflow: {
        ...(run['workflow'] as object),
        definition: secret,
        description: 'SECRET',
        author_name: 'SECRET',
        meta: { tags: [], icon: 'SECRET' },
      },
      progress_details: {
        executed_nodes: [secret],
        per_node_progress: { [ID]: { status: 'errored', error: 'SECRET', warnings: [secret] } },
        run_logs: secret,
      },
    };
    for (const form of FORMS) expect(JSON.stringify(observed(item, form), noBigints)).not.toContain('SECRET');
    expect(observed(item, 'read_in_detail').body).toMatchObject({
      progress_details: { per_node_progress: { [ID]: { status: 'errored' } } },
    });
  });

  it('under redacted never lets through what stands in a place that nobody named (property)', () => {
    const secret = fc.oneof(
      fc.constant('SECRET'),
      fc.jsonValue().map((value) => ({ SECRET: value, more: ['SECRET', value] })),
    );
    const inContent = fc.record(Object.fromEntries(CONTENT.map((name) => [name, secret])), { requiredKeys: [] });
    const unknown = fc.dictionary(
      fc.string().map((key) => `${key}_SECRET`),
      secret,
    );
    fc.assert(
      fc.property(fc.constantFrom(...FORMS), inContent, unknown, unknown, unknown, unknown, (form, content, a, b, c, d) => {
        const run = runExample('noxus-knowledge-base-runs');
        const item = {
          ...run,
          ...a,
          ...content,
          workflow: { ...(run['workflow'] as object), ...b, ...content, name: 'n', meta: { ...c, tags: [] } },
          progress_details: {
            ...(run['progress_details'] as object),
            ...c,
            per_node_progress: { ...d, [ID]: { status: 'errored', ...d } },
            per_edge_progress: d,
          },
        };
        expect(JSON.stringify(observed(item, form, { parentId: 'kb' }), noBigints)).not.toContain('SECRET');
      }),
      propertyRuns(),
    );
  });

  it('does not look into the definitions, which can be megabytes', () => {
    const definition: unknown = new Proxy(
      {},
      {
        get: (_, name) => {
          throw new Error(`${String(name)} was read`);
        },
        ownKeys: () => {
          throw new Error('it was listed');
        },
      },
    );
    const item = {
      ...runExample('noxus-runs'),
      input: definition,
      definitions: definition,
      workflow: { id: ID, name: 'n', type: 'flow', definition },
    };
    expect(observed(item).recordId).toBe(observed(runExample('noxus-runs')).recordId);
    expect(() => observed(item, 'listed', { payloads: 'full' })).toThrow('it was listed');
  });

  it('is the item under full, and nothing under none', () => {
    const run = runExample('noxus-knowledge-base-runs');
    expect(observed(run, 'listed', { payloads: 'full' }).body).toEqual(run);
    expect(observed(run, 'listed', { payloads: 'none' }).body).toBeNull();
  });
});

it('any JSON at any place gives an observation or a rejection, and the same one again (property)', () => {
  const fields = [
    'id',
    'status',
    'group_id',
    'workflow_id',
    'created_at',
    'finished_at',
    'progress',
    'source',
    'workflow',
    'progress_details',
    'node_ids',
  ];
  const anything = fc.jsonValue({ stringUnit: 'binary' }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
  const item = fc.oneof(anything, fc.record(Object.fromEntries(fields.map((name) => [name, anything])), { requiredKeys: [] }));
  fc.assert(
    fc.property(
      item,
      fc.boolean(),
      fc.constantFrom(...FORMS),
      fc.constantFrom('redacted', 'full', 'none'),
      (odd, isRun, form, payloads) => {
        const made = isRun ? { ...(odd as object), id: ID, status: 'failed' } : odd;
        const result = observeRun(made, itemContext({ payloads }), form);
        expect(result.kind === 'observation' || result.kind === 'rejection').toBe(true);
        if (isRun) expect(result.kind).toBe('observation');
        expect(observeRun(JSON.parse(JSON.stringify(made)), itemContext({ payloads }), form)).toEqual(result);
      },
    ),
    propertyRuns(),
  );
});

function observed(item: unknown, form: RunForm = 'listed', context: Partial<ItemContext> = {}): Observation {
  const result = observeRun(item, itemContext(context), form);
  if (result.kind !== 'observation') throw new Error(`not observed: ${JSON.stringify(result, noBigints)}`);
  return result.observation;
}

function rejected(item: unknown, context: Partial<ItemContext> = {}): Rejection {
  const result = observeRun(item, itemContext(context), 'listed');
  if (result.kind !== 'rejection') throw new Error('not rejected');
  return result.rejection;
}

function noBigints(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}
