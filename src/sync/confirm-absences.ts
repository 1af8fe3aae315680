import type { ReadTarget } from '../model/connector.ts';
import { SourceError } from '../model/errors.ts';
import type { AbsentTarget } from '../record/absences.ts';
import { readTargets, type ReadBudget } from './read-targets.ts';
import type { Absence } from './record-absences.ts';
import { askParent, isNotThere } from './read-parents.ts';
import { readOne } from './read-one.ts';
import { keepFailure, recordItems, type StreamRun } from './stream-run.ts';

/**
 * Asks for what is missing, record by record: an answer brings it back, a 404 proves that it is gone, and so does one for the parent that it was part of.
 * A 404 proves nothing while a record that was listed just now gets one too.
 *
 * @param isAccepted whether a person vouches for it where no record is left that could
 */
export async function confirmAbsences(run: StreamRun, budget: ReadBudget, isAccepted: boolean): Promise<void> {
  const targets = await run.recorder.absent(budget.left);
  if (targets.length === 0) return;
  run.report('confirming absences');
  const explained = await explainByParents(run, targets);
  if (explained.length > 0) await keepAbsences(run, explained);
  const done = new Set(explained.map((absence) => absence.recordId));
  const rest = targets.filter((target) => target.wasAnswered && !done.has(target.recordId));
  if (rest.length === 0 || !(await isTrusted(run, isAccepted))) return;
  await readTargets(run, rest, budget, {
    phase: 'confirming absences',
    read: (target) => readOne(run, target),
    record: async (read) => {
      const absences = read.flatMap(({ target, absence }) => (absence === null ? [] : [{ recordId: target.recordId, response: absence }]));
      const observations = read.flatMap((one) => one.observations);
      if (observations.length > 0) {
        await recordItems(run, { observations, rejections: [], ignored: [] }, { purpose: 'list', shownBy: 'id' });
      }
      if (absences.length > 0) await keepAbsences(run, absences);
    },
  });
}

async function keepAbsences(run: StreamRun, absences: readonly Absence[]): Promise<void> {
  run.tally.appended += await run.recorder.disappeared(absences);
}

/** Records whose parent is gone are gone with it, unless a list that is not the parent's has them. */
async function explainByParents(run: StreamRun, targets: readonly AbsentTarget[]): Promise<readonly Absence[]> {
  const feed = run.source.feeds.find((candidate) => candidate.parents !== null);
  if (feed?.parents == null) return [];
  const { parents } = feed;
  const gone = new Map(
    (await run.recorder.parents()).flatMap(({ parentId, goneSinceAt }) => (goneSinceAt === null ? [] : [[parentId, null]])),
  );
  const absences: Absence[] = [];
  for (const target of targets) {
    const parentId = parents.recordFact === 'collection_id' ? target.collectionId : target.workflowId;
    if (parentId === null || !gone.has(parentId) || (!feed.showsAll && target.wasAnswered)) continue;
    let response = run.seen.goneParents.get(parentId);
    if (response === undefined) {
      const answer = await askParent(run, parents, parentId);
      if (answer === null) continue;
      run.seen.goneParents.set(parentId, answer);
      response = answer;
    }
    absences.push({ recordId: target.recordId, response });
  }
  return absences;
}

/** Whether reads by id find records that are there. */
async function isTrusted(run: StreamRun, isAccepted: boolean): Promise<boolean> {
  const { canaries } = run.seen;
  if (canaries.length === 0) {
    if (!isAccepted) run.log.info('no record is left by which reads by id could be tried: what is missing stays missing');
    return isAccepted;
  }
  for (const canary of canaries) {
    if (await isFound(run, canary)) return true;
  }
  const path = run.source.byId.request(canaries[0] as ReadTarget)?.path ?? '';
  const message = `GET ${path} does not find a record that the list shows: a 404 proves nothing here, and no absence is recorded.`;
  keepFailure(run, new SourceError('source_bad_shape', message, { hint: 'Check that the API key may read single records.' }));
  return false;
}

async function isFound(run: StreamRun, canary: ReadTarget): Promise<boolean> {
  const request = run.source.byId.request(canary);
  if (request === null) return false;
  try {
    const { response } = await run.api.read(request);
    return response.status < 400;
  } catch (error) {
    if (isNotThere(error)) return false;
    throw error;
  }
}
