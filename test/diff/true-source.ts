import type { Observation } from '../../src/model/observation.ts';
import type { KindName } from './kinds.ts';
import { at, observe, readingOf, type Fields } from './observe.ts';
import type { Random } from './random.ts';
import { stayAt, versionAt, type Stay, type TrueRecord } from './true-record.ts';

/** How a source shows its records: its clock, and what its feeds leave out. */
export interface Source {
  readonly kind: KindName;
  /** Seconds that its clock is ahead of ours. */
  readonly ahead: number;
  /** Seconds that the clocks can differ by, as measured: never less than they do. Where its answers name its time, that is measured instead. */
  readonly skew: number;
  readonly hasDate: boolean;
  readonly feeds: readonly [Feed, ...Feed[]];
  /** Words that runledger does not understand before it is released anew. */
  readonly newWords: readonly string[];
}

export interface Feed {
  readonly hasError: boolean;
  readonly hasKey: boolean;
  readonly hasFacts: boolean;
  readonly hasTimes: boolean;
}

export const BY_ID: Feed = { hasError: true, hasKey: true, hasFacts: true, hasTimes: true };

/** In truth, whatever our clock shows. */
export interface Answer {
  readonly sent: number;
  /** When the source looked. */
  readonly shown: number;
  readonly received: number;
}

export function sourceOf(kind: KindName, record: TrueRecord, random: Random): Source {
  const skew = random.pick([0, 0, 0.5, 2]);
  const words = new Set(record.stays.map((stay) => stay.word));
  return {
    kind,
    skew,
    ahead: skew * random.pick([-1, -0.5, 0, 0.5, 1]),
    hasDate: random.chance(0.4),
    feeds: [BY_ID, feedOf(kind, random), feedOf(kind, random)],
    newWords: random.chance(0.25) ? [...words].filter(() => random.chance(0.4)) : [],
  };
}

function feedOf(kind: KindName, random: Random): Feed {
  return {
    hasError: random.chance(0.6),
    hasKey: kind === 'knowledge stack run, second generation' || random.chance(0.7),
    hasFacts: random.chance(0.5),
    hasTimes: kind !== 'knowledge stack document' || random.chance(0.5),
  };
}

/**
 * The answer of a source as its connector understands it.
 *
 * @param ourAhead seconds that our clock is ahead of the truth
 */
export function showRecord(
  source: Source,
  record: TrueRecord,
  feed: Feed,
  answer: Answer,
  { isReleased, ourAhead }: { readonly isReleased: boolean; readonly ourAhead: number },
): Observation {
  const { kind } = source;
  const stay = asShown(record.stays[stayAt(record, answer.shown)] as Stay, answer.shown);
  const fields = { ...timesOf(source, record, stay, feed), ...versionOf(source, record, answer.shown), ...keyOf(source, stay, feed) };
  return observe('unknown', {
    ...fields,
    ...readingsOf(source, answer, ourAhead),
    sourceStatus: stay.word,
    reading: readOf(kind, stay, feed, source.newWords.includes(stay.word) && !isReleased),
    ...(feed.hasError && kind !== 'noxus run' && { error: stay.error }),
    facts: feed.hasFacts ? { chunk_count: record.edits.filter((edit) => edit <= answer.shown).length, tags: ['b', 'a'] } : {},
  });
}

/** What both clocks show of a request and its answer. */
export function readingsOf(source: Source, { sent, shown, received }: Answer, ourAhead: number): Fields {
  const ours = { sent: sent + ourAhead, received: received + ourAhead };
  if (!source.hasDate) return { ...ours, skew: source.skew + Math.abs(ourAhead) };
  const server = Math.floor(shown + source.ahead);
  const skew = Math.max(Math.abs(server - ours.received), Math.abs(server + 1 - ours.sent));
  return { ...ours, serverSeconds: server, skew };
}

/** While its error is not there yet, a run that was stopped looks like any that failed. */
function asShown(stay: Stay, moment: number): Stay {
  if (moment >= stay.errorFrom) return stay;
  return stay.status === 'cancelled' ? { ...stay, error: null, status: 'failed', reason: null } : { ...stay, error: null };
}

function readOf(kind: KindName, { word, status, reason }: Stay, feed: Feed, isNew: boolean): Observation['reading'] {
  if (isNew) return { kind: 'unknown' };
  const needsError = kind === 'knowledge stack run, second generation' && word === 'FAILED';
  return needsError && !feed.hasError ? { kind: 'undecided' } : readingOf(status, reason);
}

/** Times on the source's clock. */
function timesOf(source: Source, { createdAt }: TrueRecord, stay: Stay, feed: Feed): Fields {
  const { kind } = source;
  const time = (seconds: number | null) => (seconds === null ? null : at(seconds + source.ahead));
  const created = { createdAt: time(createdAt) };
  const queued = { queuedEvidence: time(createdAt) };
  const started = { startedAt: time(stay.startedAt), runningEvidence: time(stay.startedAt) };
  const finished = { finishedAt: time(stay.finishedAt), terminalEvidence: time(stay.finishedAt) };
  switch (kind) {
    case 'noxus run':
      return { ...created, ...queued, ...finished };
    case 'noxus document':
      return { ...created, ...queued };
    case 'morphik run':
      return { ...started, ...finished };
    case 'morphik document':
      return created;
    case 'knowledge stack run, first generation': {
      const isPlaceholder = stay.status === 'queued' || stay.startedAt === createdAt;
      return {
        ...created,
        ...queued,
        ...finished,
        startedAt: started.startedAt,
        ...(!isPlaceholder && { runningEvidence: started.startedAt }),
      };
    }
    case 'knowledge stack run, second generation':
      return { ...created, ...queued, ...started, ...finished };
    case 'knowledge stack document':
      return {
        ...created,
        ...(feed.hasKey && { queuedEvidence: time(stay.key as number) }),
        ...(feed.hasTimes && { ...started, ...finished }),
      };
  }
}

function keyOf(source: Source, { key }: Stay, feed: Feed): Fields {
  return feed.hasKey ? { attemptKey: typeof key === 'number' ? at(key + source.ahead) : key } : {};
}

const VERSIONED: ReadonlySet<KindName> = new Set<KindName>([
  'noxus document',
  'morphik document',
  'knowledge stack run, first generation',
  'knowledge stack run, second generation',
  'knowledge stack document',
]);

function versionOf(source: Source, record: TrueRecord, shown: number): Fields {
  return VERSIONED.has(source.kind) ? { sourceUpdatedAt: at(versionAt(record, shown) + source.ahead) } : {};
}
