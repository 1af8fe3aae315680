import { describe, expect, test } from 'vitest';
import { expectOnlyKnownFields, expectValid, operationsOf } from '../support/openapi-validator.ts';

const RUN = {
  id: '7f1b4d1e-0000-4000-8000-000000000001',
  group_id: '7f1b4d1e-0000-4000-8000-000000000002',
  workflow_id: '7f1b4d1e-0000-4000-8000-000000000003',
  status: 'running',
  created_at: '2026-03-01T09:00:00Z',
};

function page(...items: readonly unknown[]): object {
  return { items, total: items.length, page: 1, size: 50, pages: 1 };
}

describe('holding answers to the descriptions', () => {
  test('an answer as described passes, also one that says more', () => {
    expectValid('noxus', 'GET', '/v1/runs', 200, page(RUN, { ...RUN, colour: 'red' }));
    expectValid('noxus', 'get', '/v1/runs/{run_id}', 404, { detail: 'Run not found' });
  });

  test('what is missing, of another type or no value of the enum is told with its place', () => {
    const check = (run: object) => () => {
      expectValid('noxus', 'GET', '/v1/runs', 200, page(RUN, run));
    };
    expect(check({ ...RUN, status: 'lost' })).toThrow(
      /\/items\/1\/status must be equal to one of the allowed values: queued.*found "lost"/,
    );
    expect(check({ ...RUN, id: 7 })).toThrow(/\/items\/1\/id must be string; found 7/);
    expect(check({ ...RUN, created_at: 'yesterday' })).toThrow(/\/items\/1\/created_at must match format/);
    expect(check({ id: RUN.id })).toThrow(/must have required property 'status'/);
    expect(() => {
      expectValid('noxus', 'GET', '/v1/runs/{run_id}', 404, { message: 'Run not found' });
    }).toThrow(/must have required property 'detail'/);
  });

  test('a value that only the client code of the source knows passes', () => {
    expectValid('noxus', 'GET', '/v1/runs', 200, page({ ...RUN, status: 'awaiting_human_feedback' }));
  });

  test('a field that no description names is an invention', () => {
    expectOnlyKnownFields('noxus', 'GET', '/v1/runs', 200, page({ ...RUN, input: { anything: 1 } }));
    expect(() => {
      expectOnlyKnownFields('noxus', 'GET', '/v1/runs', 200, page({ ...RUN, colour: 'red' }));
    }).toThrow(/\/items\/0 must NOT have additional properties: colour/);
  });

  test('an operation or an answer that no description has is refused with those that there are', () => {
    expect(() => {
      expectValid('noxus', 'POST', '/v1/runs', 200, {});
    }).toThrow('noxus.json has no POST /v1/runs. It has: GET /v1/runs, ');
    expect(() => {
      expectValid('noxus', 'GET', '/v1/runs', 418, {});
    }).toThrow('noxus.json has no answer 418 to GET /v1/runs. It has: 200, ');
  });

  test.each(['noxus', 'morphik', 'knowledgestack'] as const)('every answer of %s that is described can be checked', (api) => {
    for (const operation of operationsOf(api)) {
      const [method = '', path = ''] = operation.split(' ');
      for (const check of [expectValid, expectOnlyKnownFields]) {
        expect(() => {
          check(api, method, path, 200, 'no such answer');
        }, operation).toThrow(/the body must be (object|array)/);
      }
    }
  });
});
