import type { Stream } from '../../src/model/event.ts';
import type { Instant } from '../../src/model/instant.ts';
import { STATUS_RANK } from '../../src/model/status.ts';
import type { Document } from '../../src/simulator/document.ts';
import type { Run } from '../../src/simulator/run.ts';
import type { ShownRecord, TrueEntry } from '../sync/system-truth.ts';
import type { LiveName, LiveSystem } from './live-system.ts';

/** One record as it was in truth. */
export interface TrueRecord {
  readonly stream: Stream;
  readonly recordId: string;
  readonly entries: readonly TrueEntry[];
  readonly deletedAt: Instant | null;
  /** What the source shows of it at the end; null once it is deleted. */
  readonly shown: ShownRecord | null;
  /** Those of which the source still reports when they were. */
  readonly reported: ReadonlySet<TrueEntry>;
}

/** Every record that ever was in a system's world. */
export function trueRecordsOf(system: Pick<LiveSystem, 'name' | 'world' | 'truth'>): readonly TrueRecord[] {
  const { name, world, truth } = system;
  const record = (
    stream: Stream,
    recordId: string,
    entries: readonly TrueEntry[],
    { deletedAt }: Run | Document,
    shown: ShownRecord,
  ): TrueRecord => ({
    ...{ stream, recordId, entries, deletedAt },
    shown: deletedAt === null ? shown : null,
    reported: new Set(deletedAt === null ? entries.filter((entry) => isReported(entry, shown, MOMENTS[name][stream])) : []),
  });
  return [
    ...world.runs.map((run) => record('runs', run.id, truth.runEntries(run), run, truth.shownRun(run))),
    ...world.documents.map((document) =>
      record('documents', truth.documentRecordId(document.id), truth.documentEntries(document), document, truth.shownDocument(document)),
    ),
  ];
}

type Moment = 'created_at' | 'started_at' | 'finished_at' | 'attempt_key';

/**
 * The times that say when a transition was. That a record was created tells nothing of the attempt that is shown where that may be a later one; that it was asked
 * for, as an attempt's key in Knowledge Stack, does.
 */
const MOMENTS: Readonly<Record<LiveName, Readonly<Record<Stream, readonly Moment[]>>>> = {
  noxus: { runs: ['created_at', 'finished_at'], documents: [] },
  morphik: { runs: ['started_at', 'finished_at'], documents: [] },
  'stack-1': { runs: ['created_at', 'started_at', 'finished_at'], documents: ['attempt_key', 'finished_at'] },
  'stack-2': { runs: ['started_at', 'finished_at'], documents: ['attempt_key', 'finished_at'] },
};

/** Of an entry into which stage each of them is: an attempt that is worked on at once is asked for and begun at one moment, of which only one is told. */
const STAGE_OF: Readonly<Record<Moment, number>> = {
  created_at: STATUS_RANK.queued,
  attempt_key: STATUS_RANK.queued,
  started_at: STATUS_RANK.running,
  finished_at: STATUS_RANK.succeeded,
};

function isReported({ status, at }: TrueEntry, shown: ShownRecord, moments: readonly Moment[]): boolean {
  return moments.some((moment) => shown[moment] === at && STAGE_OF[moment] === STATUS_RANK[status]);
}
