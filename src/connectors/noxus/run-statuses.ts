import type { RecordKind } from '../../model/record-kind.ts';
import { means, statusTable } from '../../observe/read-status.ts';

/** A finished run stays finished: trying again makes a run with another id. */
export const noxusRun: RecordKind = { name: 'noxus_run', reopensFrom: [], isKeyed: false, finishTellsAttempts: false };

export const runStatuses = statusTable({
  queued: means('queued'),
  running: means('running'),
  // In no documentation; the vendor's SDK handles it: a run that goes on once a person has answered.
  awaiting_human_feedback: means('running', 'waiting_for_person'),
  completed: means('succeeded'),
  failed: means('failed'),
  stopped: means('cancelled'),
});
