import type { Status, StatusReason } from '../../src/model/status.ts';
import type { KindName } from './kinds.ts';
import type { Random } from './random.ts';

/** A stay of the true record under one word. Seconds by our clock; the source's own times are as it would report them, on our clock too. */
export interface Stay {
  readonly from: number;
  readonly word: string;
  readonly status: Status;
  readonly reason: StatusReason | null;
  /** The true one, from 1. */
  readonly attempt: number;
  /** A number is a time: the key is then the source's text of it. */
  readonly key: string | number | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
  readonly error: string | null;
  /** When the error's text is there; before, the same word stands without it. */
  readonly errorFrom: number;
}

export interface TrueRecord {
  readonly createdAt: number;
  readonly stays: readonly [Stay, ...Stay[]];
  /** When something else about it was edited, which moves its version too. */
  readonly edits: readonly number[];
  /** When it could not be found: deleted and back, or out of sight. */
  readonly hidden: readonly { readonly from: number; readonly to: number }[];
}

/** Lives a record's life through as its source system lets it. */
export function liveRecord(kind: KindName, random: Random): TrueRecord {
  const grid = random.pick([1, 1, 0.25, 0.001]);
  const gap = (): number => Math.ceil((random.next() * random.pick([1, 3, 10, 40])) / grid) * grid;
  let now = 100 + gap();
  const createdAt = now;
  const stays: Stay[] = [];
  let keys = 0;
  const go = (word: string, status: Status, change: Partial<Stay> = {}): void => {
    const last = stays[stays.length - 1];
    if (last !== undefined) now += random.chance(0.1) ? 0 : gap();
    const base = last ?? { attempt: 1, key: null, startedAt: null, finishedAt: null, error: null };
    stays.push({ ...base, reason: null, errorFrom: now, ...change, from: now, word, status });
  };
  const last = (): Stay => stays[stays.length - 1] as Stay;
  const newKey = (): string => `key ${(keys += 1)}`;
  const ends = (): boolean => random.chance(0.12);
  const again = (): boolean => random.chance(0.55) && last().attempt < 5;

  const lives: Record<KindName, () => void> = {
    'noxus run': () => {
      go('queued', 'queued');
      if (ends()) return;
      if (random.chance(0.85)) {
        go('running', 'running');
        while (random.chance(0.3)) {
          go('awaiting_human_feedback', 'running', { reason: 'waiting_for_person' });
          go('running', 'running');
        }
      }
      if (ends()) return;
      const word = random.pick(['completed', 'failed', 'stopped'] as const);
      go(word, ({ completed: 'succeeded', failed: 'failed', stopped: 'cancelled' } as const)[word]);
      if (word !== 'stopped' || random.chance(0.5)) finish();
    },
    'noxus document': () => {
      go('uploaded', 'queued');
      do {
        if (ends()) return;
        go('training', 'running', { key: newKey(), error: null, attempt: nextAttempt() });
        if (ends()) return;
        if (random.chance(0.5)) go('trained', 'succeeded');
        else go('error', 'failed', { error: random.pick(['unreadable', 'too large']) });
      } while (again());
    },
    'morphik run': () => {
      go('queued', 'queued');
      if (ends()) return;
      if (random.chance(0.8)) start('running');
      if (ends()) return;
      if (random.chance(0.5)) go('completed', 'succeeded');
      else go('failed', 'failed', { error: 'timed out' });
      finish();
    },
    'morphik document': () => {
      do {
        go('processing', 'running', { attempt: nextAttempt() });
        if (ends()) return;
        // An error is not cleared by a later success.
        if (random.chance(0.6)) go('completed', 'succeeded');
        else go('failed', 'failed', { error: random.pick(['unreadable', 'too large']) });
      } while (again());
    },
    'knowledge stack run, first generation': () => {
      go('PENDING', 'queued', { startedAt: random.chance(0.7) ? createdAt : createdAt + grid });
      if (ends()) return;
      if (random.chance(0.8) || last().startedAt !== createdAt) start('RUNNING');
      if (ends()) return;
      if (random.chance(0.5)) go('COMPLETED', 'succeeded');
      else go('FAILED', 'failed', { error: 'max_run_duration_seconds' });
      finish();
    },
    'knowledge stack run, second generation': () => {
      go('PENDING', 'queued', random.chance(0.3) ? { reason: 'waiting_for_approval' } : {});
      if (random.chance(0.5)) go('NOT_STARTED', 'queued');
      if (random.chance(0.1)) {
        go('FAILED', 'failed', { error: 'the upload failed' });
        finish();
        now += grid;
        if (!again()) return;
      }
      for (;;) {
        if (ends()) return;
        const resumes = last().attempt >= 1 && last().key !== null && random.chance(0.3);
        const isAgain = stays.some((stay) => stay.finishedAt !== null);
        const leftover = random.chance(0.5) ? {} : { finishedAt: null };
        if (isAgain && !resumes && random.chance(0.2))
          go('PENDING', 'queued', { ...leftover, key: null, startedAt: null, error: null, attempt: nextAttempt() });
        const isQueued = last().status === 'queued';
        go('IN_PROGRESS', 'running', { error: null, ...(isQueued ? {} : { ...leftover, attempt: nextAttempt() }) });
        if (!resumes || last().startedAt === null) mend({ startedAt: now, key: now });
        if (ends()) return;
        const how = random.integer(3);
        if (how === 0) go('COMPLETED', 'succeeded');
        if (how === 1) go('FAILED', 'failed', { error: random.pick(['timed out', 'tool failed']) });
        if (how === 2) go('FAILED', 'cancelled', { error: 'Stopped by user', reason: 'stopped_by_user' });
        finish();
        if (how > 0 && random.chance(0.3)) {
          mend({ errorFrom: now + gap() });
          now = last().errorFrom;
        }
        if (how === 0 || !again()) return;
      }
    },
    'knowledge stack document': () => {
      do {
        go('pending', 'queued', { attempt: nextAttempt(), error: null, startedAt: null, finishedAt: null });
        mend({ key: now });
        if (ends()) return;
        if (random.chance(0.8)) start('processing');
        if (ends()) return;
        const word = random.pick(['completed', 'failed', 'cancelled', 'quota_limit'] as const);
        if (word === 'completed') go(word, 'succeeded');
        if (word === 'failed') go(word, 'failed', { error: 'unreadable' });
        if (word === 'cancelled') go(word, 'cancelled');
        if (word === 'quota_limit') go(word, 'failed', { reason: 'quota' });
        finish();
      } while (again());
    },
  };
  lives[kind]();

  const end = now + 30;
  const edits = Array.from({ length: random.integer(4) }, () => createdAt + Math.ceil((random.next() * (end - createdAt)) / grid) * grid);
  const hidden: { from: number; to: number }[] = [];
  let from = createdAt;
  while (random.chance(0.12)) {
    from += gap() + grid;
    const to = from + gap() + grid;
    hidden.push({ from, to });
    from = to;
  }
  return { createdAt, stays: stays as [Stay, ...Stay[]], edits, hidden };

  function mend(change: Partial<Stay>): void {
    stays[stays.length - 1] = { ...last(), ...change };
  }
  function start(word: string): void {
    go(word, 'running');
    mend({ startedAt: now });
  }
  function finish(): void {
    mend({ finishedAt: now });
  }
  function nextAttempt(): number {
    const before = stays[stays.length - 1];
    return before === undefined || before.status === 'queued' ? 1 : before.attempt + 1;
  }
}

/** Which stay the record is in at a moment, by our clock; -1 before there is a record. */
export function stayAt({ stays }: TrueRecord, moment: number): number {
  return stays.findLastIndex((stay) => stay.from <= moment);
}

export function isHidden({ hidden }: TrueRecord, moment: number): boolean {
  return hidden.some(({ from, to }) => from <= moment && moment < to);
}

/** When the source last changed anything of it. */
export function versionAt({ stays, edits }: TrueRecord, moment: number): number {
  return Math.max(...[...stays.flatMap((stay) => [stay.from, stay.errorFrom]), ...edits].filter((time) => time <= moment));
}
