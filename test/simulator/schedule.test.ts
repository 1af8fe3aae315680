import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSchedule } from '../../src/simulator/schedule.ts';
import { propertyRuns } from '../support/property-runs.ts';

test('an empty schedule has nothing due', () => {
  const schedule = createSchedule<string>();
  expect(schedule.nextAt()).toBe(Infinity);
  expect(schedule.take()).toBeNull();
});

test('what is due comes soonest first, and at the same moment in the order in which it was put in', () => {
  const command = fc.oneof({ weight: 3, arbitrary: fc.nat(8) }, { weight: 2, arbitrary: fc.constant('take' as const) });
  fc.assert(
    fc.property(fc.array(command, { maxLength: 200 }), (commands) => {
      const schedule = createSchedule<number>();
      const waiting: { at: number; value: number }[] = [];
      commands.forEach((at, value) => {
        if (at === 'take') {
          waiting.sort((a, b) => a.at - b.at || a.value - b.value);
          expect(schedule.nextAt()).toBe(waiting[0]?.at ?? Infinity);
          expect(schedule.take()).toBe(waiting.shift()?.value ?? null);
        } else {
          waiting.push({ at, value });
          schedule.add(at, value);
        }
      });
    }),
    propertyRuns(300),
  );
});
