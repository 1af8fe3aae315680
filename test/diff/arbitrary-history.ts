import fc from 'fast-check';
import type { Instant } from '../../src/model/instant.ts';
import type { Observation, StatusReading } from '../../src/model/observation.ts';
import type { Status } from '../../src/model/status.ts';
import { at, observe, readingOf, type Fields } from './observe.ts';

/** One thing that befalls a record: an answer that shows it, one that shows it again, a proof of absence, a redaction. */
export type Step =
  | { readonly kind: 'see'; readonly observation: Observation; readonly isConfirmation: boolean; readonly hasNewWords: boolean }
  /** The answer of `back` steps ago once more, or its content in a later one. */
  | { readonly kind: 'repeat'; readonly back: number; readonly isLater: boolean }
  | { readonly kind: 'miss'; readonly sent: number }
  | { readonly kind: 'redact' };

const moment = fc.oneof(
  { weight: 12, arbitrary: fc.integer({ min: 0, max: 30 }).map(at) },
  { weight: 1, arbitrary: fc.constantFrom('1970-01-01T00:00:00.000001Z', '9999-12-31T23:59:59.999999Z').map((text) => text as Instant) },
);
const optionalMoment = fc.option(moment, { nil: null, freq: 4 });
const key = fc.oneof(fc.constantFrom('first', 'second', 'third', null), moment);

/** The same words every time, mostly with the same meaning: what an override or a new release changes is the meaning. */
const shown: fc.Arbitrary<{ readonly reading: StatusReading; readonly sourceStatus: string | null }> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.constantFrom<Status>('queued', 'running', 'succeeded', 'failed', 'cancelled').map((status) => read(status, status)),
  },
  { weight: 2, arbitrary: fc.constant({ reading: readingOf('running', 'waiting_for_person'), sourceStatus: 'waiting' }) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<'unknown' | Status>('unknown', 'unknown', 'queued', 'running', 'failed').map((as) => read('new word', as)),
  },
  { weight: 1, arbitrary: fc.constant(read('newer word', 'unknown')) },
  { weight: 3, arbitrary: fc.constantFrom<'undecided' | Status>('undecided', 'failed', 'cancelled').map((as) => read('STOPPED', as)) },
  { weight: 1, arbitrary: fc.constant(read(null, 'unknown')) },
);

function read(
  word: string | null,
  status: Status | 'unknown' | 'undecided',
): { readonly reading: StatusReading; readonly sourceStatus: string | null } {
  return { reading: readingOf(status, null), sourceStatus: word };
}

const facts = fc.record(
  {
    workflow_id: fc.constantFrom('a', 'b', null),
    tags: fc.constantFrom(['x'], ['x', 'y'], ['y', 'x', 'x'], [], null),
    chunk_count: fc.constantFrom(0, 7, null),
  },
  { requiredKeys: [] },
);

const fields: fc.Arbitrary<Fields> = fc.record(
  {
    createdAt: optionalMoment,
    startedAt: optionalMoment,
    finishedAt: optionalMoment,
    attemptKey: key,
    sourceUpdatedAt: optionalMoment,
    error: fc.constantFrom('broken', 'out of memory', null),
    anomalies: fc.constantFrom(['bad_time'] as const, ['status_conflict', 'bad_time'] as const),
  },
  { requiredKeys: [] },
);

/** Evidence is mostly the reported time, sometimes another, sometimes none. */
const evidence = fc.record({
  queued: fc.constantFrom('fact', 'fact', 'key', 'none', 'other'),
  running: fc.constantFrom('fact', 'fact', 'none', 'other'),
  terminal: fc.constantFrom('fact', 'fact', 'none', 'other'),
  other: moment,
});

const timing = fc.record({
  sent: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 40 }) }),
  takes: fc.constantFrom(0, 0, 1, 1, 2, 5, 12),
  skew: fc.oneof(
    { weight: 4, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.integer({ min: 0, max: 9 }) },
    { weight: 1, arbitrary: fc.constant(3e11) },
  ),
});

const sight = fc.record({
  shown,
  fields,
  facts,
  evidence,
  timing,
  isConfirmation: fc.nat(9).map((n) => n < 2),
  hasNewWords: fc.nat(9).map((n) => n < 1),
});

type Sight = typeof sight extends fc.Arbitrary<infer Value> ? Value : never;

const step = fc.oneof(
  { weight: 12, arbitrary: sight.map((value) => ({ kind: 'see' as const, value })) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('repeat' as const), back: fc.integer({ min: 1, max: 4 }), isLater: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('miss' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('redact' as const), isReally: fc.nat(5).map((n) => n === 0) }) },
);

/** Arbitrary histories of one record. Most requests leave one after the other; some cross, some come late. */
export function histories(maxLength: number): fc.Arbitrary<readonly Step[]> {
  return fc.array(step, { minLength: 1, maxLength }).map((steps) => {
    let clock = 0;
    return steps.flatMap((one): Step[] => {
      clock += 2;
      if (one.kind === 'see')
        return [
          {
            kind: 'see',
            observation: observed(one.value, clock),
            isConfirmation: one.value.isConfirmation,
            hasNewWords: one.value.hasNewWords,
          },
        ];
      if (one.kind === 'miss') return [{ kind: 'miss', sent: clock }];
      if (one.kind === 'redact') return one.isReally ? [{ kind: 'redact' }] : [];
      return [one];
    });
  });
}

function observed(value: Sight, clock: number): Observation {
  const { fields, evidence, timing } = value;
  const sent = timing.sent ?? clock;
  const times = { fact: (time: Instant | null | undefined) => time, other: () => evidence.other, none: () => undefined };
  const key = typeof fields.attemptKey === 'string' && fields.attemptKey.length > 10 ? (fields.attemptKey as Instant) : undefined;
  const queued = evidence.queued === 'key' ? key : times[evidence.queued](fields.createdAt);
  const running = times[evidence.running](fields.startedAt);
  const terminal = times[evidence.terminal](fields.finishedAt);
  return observe('unknown', {
    ...fields,
    ...value.shown,
    facts: value.facts,
    sent,
    received: sent + timing.takes,
    skew: timing.skew,
    ...(queued !== undefined && { queuedEvidence: queued }),
    ...(running !== undefined && { runningEvidence: running }),
    ...(terminal !== undefined && { terminalEvidence: terminal }),
  });
}
