import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readRunFailures } from '../../../src/connectors/noxus/run-failures.ts';
import { propertyRuns } from '../../support/property-runs.ts';

describe('why a run failed', () => {
  it('is how many nodes errored, and the kinds of warnings, each once and sorted', () => {
    const nodes = {
      a: { status: 'errored', warnings: [{ type: 'model_timeout', message: 'took 60 s' }, { type: 'general' }] },
      b: { status: 'errored', warnings: ['model_timeout'] },
      c: { status: 'succeeded', warnings: { failed_scraping: 2 } },
      d: { status: 'skipped', warnings: null },
    };
    expect(readRunFailures(nodes)).toEqual({ errored_node_count: 2, warning_kinds: ['failed_scraping', 'general', 'model_timeout'] });
  });

  it('is found however the nodes nest', () => {
    const [errored, fine] = [{ status: 'errored' }, { status: 'succeeded' }];
    for (const nodes of [
      [errored, fine, errored],
      { nodes: { a: errored, b: errored } },
      { a: [errored], b: { first: errored, second: fine } },
    ])
      expect(readRunFailures(nodes).errored_node_count).toBe(2);
  });

  it('counts a node once, not the iterations inside it', () => {
    expect(
      readRunFailures({ loop: { status: 'errored', iterations: [{ status: 'errored' }, { status: 'errored' }] } }).errored_node_count,
    ).toBe(1);
    expect(readRunFailures({ loop: { status: 'succeeded', iterations: [{ status: 'errored' }] } }).errored_node_count).toBe(0);
  });

  it('takes over documented words only, and only out of warnings', () => {
    expect(
      readRunFailures({ a: { status: 'errored', warnings: ['the customer’s name', 7, null], output: 'general' } }).warning_kinds,
    ).toEqual([]);
  });

  it('without nodes is unknown, and says that it was looked for', () => {
    for (const nothing of [undefined, null, 45, 'text']) expect(readRunFailures(nothing)).toEqual({ warning_kinds: [] });
    expect(readRunFailures({})).toEqual({ errored_node_count: 0, warning_kinds: [] });
    expect(readRunFailures({ a: 100, b: null, c: 'x', d: [] })).toEqual({ errored_node_count: 0, warning_kinds: [] });
  });

  it('ends however deep and wide it is, and never throws (property)', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`) as unknown;
    expect(readRunFailures({ warnings: deep, b: deep })).toEqual({ errored_node_count: 0, warning_kinds: [] });
    fc.assert(
      fc.property(fc.jsonValue(), (nodes) => {
        expect(readRunFailures({ warnings: nodes, nodes })).toHaveProperty('warning_kinds');
      }),
      propertyRuns(),
    );
  });
});
