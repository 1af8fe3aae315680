import { SourceError } from '../model/errors.ts';
import type { ScanRead } from './read-feeds.ts';
import type { StreamRun } from './stream-run.ts';

/** So many records, and so great a part of all, may vanish at once before a person is asked. */
const MANY = 10;
const MOST_PART = 0.2;

/**
 * Marks as missing what a proven full scan did not see.
 *
 * @param isAccepted whether a person has said that however many have vanished, they have
 * @returns why none was marked; null where all were
 */
export async function findAbsences(run: StreamRun, scan: ScanRead, isAccepted: boolean): Promise<SourceError | null> {
  const proof = {
    scanIds: run.seen.scanId === null ? scan.scanIds : [...scan.scanIds, run.seen.scanId],
    goneParents: [...run.seen.goneParents.keys()],
    parentFact: run.seen.parentFact,
    endedAt: run.now(),
  };
  const { present, absent, unseen } = await run.recorder.countAbsent(proof);
  if (absent > MANY && absent > present * MOST_PART && !isAccepted) return massAbsence(run, absent, present);
  if (unseen > 0) await run.recorder.markAbsent(proof);
  return null;
}

function massAbsence(run: StreamRun, absent: number, present: number): SourceError {
  const { name } = run.settings;
  return new SourceError(
    'source_mass_absence',
    `${name}: ${absent} of the ${present} ${run.stream} that the ledger has as present are in no list any more. None of them is recorded as disappeared.`,
    {
      hint: `A permission that was lost looks the same. If they were deleted, run: runledger sync --connection ${name} --stream ${run.stream} --accept-disappearances`,
    },
  );
}
