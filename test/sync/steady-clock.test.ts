import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { addMicros, instantFromMillis, type Instant } from '../../src/model/instant.ts';
import { steadyClock } from '../../src/sync/steady-clock.ts';

const START = Date.UTC(2026, 2, 1);
const HOUR_MS = 3_600_000;

afterEach(() => {
  vi.useRealTimers();
});

it('the clock of a sync goes on by what has passed where the system’s is set back, and follows where that is set forward', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: START });
  const now = steadyClock();
  expect(now()).toBe(instantFromMillis(START));
  vi.setSystemTime(START - HOUR_MS);
  await sleep(20);
  const later = now();
  expect(later > instantFromMillis(START + 10)).toBe(true);
  expect(later < instantFromMillis(START + HOUR_MS / 2)).toBe(true);
  vi.setSystemTime(START + HOUR_MS);
  expect(now() >= instantFromMillis(START + HOUR_MS)).toBe(true);
  vi.setSystemTime(START);
  expect(now() >= instantFromMillis(START + HOUR_MS)).toBe(true);
});

it('a clock that is given never goes back, and is else as it is', () => {
  const start = instantFromMillis(START);
  const readings: Instant[] = [start, addMicros(start, 5n), addMicros(start, 2n), addMicros(start, 9n)];
  const now = steadyClock(() => readings.shift() as Instant);
  expect([now(), now(), now(), now()]).toEqual([0n, 5n, 5n, 9n].map((micros) => addMicros(start, micros)));
});
