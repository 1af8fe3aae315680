import { SourceError } from '../model/errors.ts';
import type { ScanRead } from './what-feeds-showed.ts';
import type { StreamRun } from './stream-run.ts';

/** So many records, and so great a part of all, may vanish at once before a person is asked. */
const MANY = 10;
const MOST_PART = 0.2;

/**
 * Marks as missing what a proven full scan did not see.
 *
 * @param options.isAccepted whether a person has said that however many have vanished, they have
 * @param options.hasFinding whether the scan before found too many
 * @returns why none was marked; null where all were; undefined where what the scan saw is lost
 */
export async function findAbsences(
  run: StreamRun,
  scan: ScanRead,
  { isAccepted, hasFinding }: { readonly isAccepted: boolean; readonly hasFinding: boolean },
): Promise<SourceError | null | undefined> {
  const proof = {
    scanIds: run.seen.scanId === null ? scan.scanIds : [...scan.scanIds, run.seen.scanId],
    goneParents: [...run.seen.goneParents.keys()],
    abandoning: [...run.seen.abandoning],
    parentFact: run.seen.parentFact,
    endedAt: run.now(),
  };
  // What the ledger remembers of the scan must still be what was seen.
  for (const scanId of proof.scanIds) if (!(await run.recorder.countSeen(scanId)).isWhole) return undefined;
  const { present, absent, unseen } = await run.recorder.countAbsent(proof);
  // A finding stands until they are found again or accepted, however many records come besides.
  const isMass = absent > MANY && (absent > present * MOST_PART || hasFinding);
  if (isMass && !isAccepted) return massAbsence(run, absent, present);
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
