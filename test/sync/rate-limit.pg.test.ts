import { describe, expect, it } from 'vitest';
import { quietRig, type Watched } from './absence-rig.ts';

const DAY_S = 86_400;

interface Limited extends Watched {
  /** A sync so many seconds after the one before. @returns its stream's status and what it asked for */
  syncAfter(seconds: number): Promise<{ readonly status: string | undefined; readonly asked: readonly string[] }>;
}

/** A source that answers 429 once, and waits of more than a second are left to the next sync. */
async function limitedBy(headers: Readonly<Record<string, string>>): Promise<Limited> {
  let isLimited = true;
  const watched = await quietRig('postgres', {
    world: { runs: 3 },
    server: {
      intercept: () => {
        if (!isLimited) return null;
        isLimited = false;
        return { status: 429, headers, body: { detail: 'slow down' } };
      },
    },
    connection: { requests: { perSecond: Infinity, maxWaitMs: 1_500 } },
  });
  return {
    ...watched,
    async syncAfter(seconds) {
      watched.rig.world.advanceBy(seconds * 1_000);
      watched.rig.takeRequests();
      const { streams } = await watched.rig.sync(watched.ledger);
      return { status: streams[0]?.status, asked: watched.rig.takeRequests() };
    },
  };
}

describe('a source that asks to wait', () => {
  it.each([
    ['20 s', { 'retry-after': '20' }, 20],
    // By a clock that is years off: what counts is how far the date lies behind the answer's own.
    ['until a date, 20 s on', { date: 'Wed, 01 Jul 2020 10:00:00 GMT', 'retry-after': 'Wed, 01 Jul 2020 10:00:20 GMT' }, 20],
    ['a day', { 'retry-after': String(DAY_S) }, DAY_S],
    ['a year, of which a day is believed', { 'retry-after': String(365 * DAY_S) }, DAY_S],
  ])('%s is asked for nothing before, by this sync or the next ones, and then read', async (_, headers, seconds) => {
    const limited = await limitedBy(headers);
    const first = await limited.syncAfter(0);
    expect([first.status, first.asked.length]).toEqual(['rate_limited', 1]);
    // Far from its end, because the time that these syncs take in truth is part of the wait as well.
    for (const part of [0.1, 0.2]) expect(await limited.syncAfter(part * seconds)).toEqual({ status: 'rate_limited', asked: [] });
    expect((await limited.syncAfter(0.8 * seconds)).status).toBe('succeeded');
  });

  it('for less than may be waited is waited for, and the same sync completes', async () => {
    const limited = await limitedBy({ 'retry-after': '1' });
    const startedMs = performance.now();
    expect((await limited.syncAfter(0)).status).toBe('succeeded');
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(990);
  });
});
