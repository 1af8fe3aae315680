import { describe, expect, it } from 'vitest';
import type { CommandContext } from '../../src/cli/command-context.ts';
import { listenForInterruption } from '../../src/cli/interruption.ts';
import { createOutput } from '../../src/cli/output/output.ts';
import { repeatSync } from '../../src/cli/repeat-sync.ts';
import { RunledgerError } from '../../src/model/errors.ts';
import type { Instant } from '../../src/model/instant.ts';
import type { SyncResult } from '../../src/model/sync-result.ts';
import { skippingClock } from '../support/skipping-clock.ts';
import type { CapturedIo } from './captured-io.ts';
import { captureIo } from './captured-io.ts';

const RESULT: SyncResult = {
  sync_id: 1n,
  started_at: '2025-11-03T12:00:00.000000Z' as Instant,
  finished_at: '2025-11-03T12:00:01.000000Z' as Instant,
  status: 'succeeded',
  streams: [],
  head: { position: 1n, chain_hash: 'ab' },
};

function context(io: CapturedIo, asJson: boolean): CommandContext {
  return {
    io,
    options: { config: null, database: null, asJson, logLevel: null, isQuiet: true },
    output: createOutput(io.stdout),
    interruption: listenForInterruption(io, { isReading: false, isQuiet: true }),
  };
}

describe('a repeated sync', () => {
  it.each([
    {
      tookMs: 200,
      signal: 'SIGTERM',
      expected: [0, 800, 1_600],
      told: 'starts again an interval after the last start, however long the sync took',
    },
    { tookMs: 1_000, signal: 'SIGINT', expected: [0, 1_000, 2_000], told: 'that takes longer than its interval is followed at once' },
  ] as const)('$told, and ends with 0 at a signal', async ({ tookMs, signal, expected }) => {
    const io = captureIo();
    const clock = skippingClock();
    const starts: number[] = [];
    const once = () => {
      starts.push(clock.elapsedMs());
      clock.pass(tookMs);
      if (starts.length === 3) io.send(signal);
      return Promise.resolve(RESULT);
    };
    expect(await repeatSync(context(io, true), { everyMs: 800, once, clock })).toBe(0);
    expect(starts).toEqual(expected);
    expect(io.out().trimEnd().split('\n')).toHaveLength(3);
  });

  it('wakes from its wait when a signal comes', async () => {
    const io = captureIo();
    setTimeout(() => {
      io.send('SIGINT');
    }, 30);
    const startedMs = performance.now();
    expect(await repeatSync(context(io, true), { everyMs: 60_000, once: () => Promise.resolve(RESULT) })).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });

  it('goes on after a sync that failed, and says so each time', async () => {
    const io = captureIo();
    let count = 0;
    const once = () => {
      count += 1;
      if (count === 3) io.send('SIGINT');
      return count === 2
        ? Promise.reject(new RunledgerError('ledger_unreachable', 'nobody answers', { hint: 'Start it.' }))
        : Promise.resolve(RESULT);
    };
    expect(await repeatSync(context(io, true), { everyMs: 1, once })).toBe(0);
    const lines = io
      .out()
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(lines[1]).toEqual({ error: { code: 'ledger_unreachable', message: 'nobody answers', hint: 'Start it.' } });
    expect(lines).toHaveLength(3);
  });

  it('ends at what the caller must mend', async () => {
    const once = () => Promise.reject(new RunledgerError('bad_settings', 'no such connection'));
    await expect(repeatSync(context(captureIo(), false), { everyMs: 1, once })).rejects.toThrow('no such connection');
  });

  it('ends quietly when nobody reads its results any more', async () => {
    const io = captureIo();
    let count = 0;
    const once = () => {
      count += 1;
      if (count === 2) io.stdout.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      return Promise.resolve(RESULT);
    };
    expect(await repeatSync(context(io, true), { everyMs: 1, once })).toBe(0);
    expect(count).toBe(2);
  });
});
