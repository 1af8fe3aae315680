import type { ListFeed, Parents, ReadTarget } from '../model/connector.ts';
import { SourceError } from '../model/errors.ts';
import type { ResponseEvidence } from '../model/observation.ts';
import type { AbsentTarget } from '../record/select-absent.ts';
import { readOne } from './read-one.ts';
import { askParent, isNotThere } from './read-parents.ts';
import { readTargets, type ReadBudget } from './read-targets.ts';
import type { Absence } from './record-absences.ts';
import { keepFailure, NO_ITEMS, recordItems, type StreamRun } from './stream-run.ts';
import { untilSourceIsDown } from './until-source-is-down.ts';

/**
 * Asks for what is missing, record by record: an answer brings it back, a 404 proves that it is gone, and so does one for the parent that it was part of.
 * A 404 proves nothing while a record that was listed just now gets one too.
 *
 * @param isAccepted whether a person vouches for it where no record is left that could
 */
export async function confirmAbsences(run: StreamRun, budget: ReadBudget, isAccepted: boolean): Promise<void> {
  let targets = await run.recorder.absent(budget.left);
  if (targets.length === 0) return;
  run.report('confirming absences');
  // What a parent explains costs no request: a knowledge base of a hundred thousand documents is gone in one sync.
  while ((await confirmSome(run, targets, budget, isAccepted)) && budget.left > 0 && !run.signal.aborted)
    targets = await run.recorder.absent(budget.left);
}

/** @returns whether all of them were explained by their parents, so that there may be more */
async function confirmSome(run: StreamRun, targets: readonly AbsentTarget[], budget: ReadBudget, isAccepted: boolean): Promise<boolean> {
  const feed = run.source.feeds.find((candidate) => candidate.parents !== null);
  const explained =
    feed?.parents?.takesRecordsAlong !== true
      ? new Map<string, ResponseEvidence>()
      : await explainByParents(run, feed, feed.parents, targets);
  const absenceOf = (recordId: string): readonly Absence[] => {
    const response = explained.get(recordId);
    return response === undefined ? [] : [{ recordId, response }];
  };
  if (feed?.showsAll === true) {
    const count = await keepAbsences(run, [...explained.keys()].flatMap(absenceOf));
    if (count > 0 && count === targets.length) return true;
  }
  // What only a parent's list ever showed is perhaps there without it: it is asked for, and the parent's 404 stands if that finds nothing.
  else {
    await readAbsent(
      run,
      targets.filter((target) => explained.has(target.recordId)),
      budget,
      (target) => absenceOf(target.recordId),
    );
  }
  const left = targets.filter((target) => !explained.has(target.recordId));
  const abandoning = await abandoningParents(run, feed?.parents ?? null);
  const rest = left.filter((target) => target.wasAnswered && isProvable(run, target, abandoning));
  const notYet = left.filter((target) => !rest.includes(target) && target.wasAnswered && !isAsked(run, target));
  const unprovable = left.filter((target) => !rest.includes(target) && !notYet.includes(target));
  if (unprovable.length > 0) await run.recorder.postpone(unprovable.map((target) => target.recordId));
  // What no list shows any more may be there all the same. A 404 says nothing yet.
  await readAbsent(run, notYet, budget, () => []);
  if (rest.length > 0 && (await isTrusted(run, isAccepted))) {
    await readAbsent(run, rest, budget, ({ recordId }, response) => [{ recordId, response }]);
  }
  return false;
}

/** Whether it was asked for by its id since it was last looked for in the lists: once a full scan is enough. */
function isAsked(run: StreamRun, { triedAt, unseenLastAt }: AbsentTarget): boolean {
  const since = run.tally.isFullScan ? run.startedAt : unseenLastAt;
  return triedAt !== null && since !== null && triedAt >= since;
}

/**
 * Whether a 404 would prove now that it is gone. Where a 404 alone is ambiguous, where a record may live on without its parent, and where no list shows it, a second full
 * scan must have missed it too, in another sync than the first.
 */
function isProvable(run: StreamRun, target: AbsentTarget, abandoning: ReadonlySet<string>): boolean {
  const { unseenFirstAt, unseenLastAt, workflowId, collectionId, isListed, wasListed } = target;
  const { absence } = run.source.byId;
  const isLeftBehind = [workflowId, collectionId].some((parentId) => parentId !== null && abandoning.has(parentId));
  if (absence === 'at_once' && isListed && !isLeftBehind) return true;
  if (absence === 'unlisted' && !wasListed) return false;
  return unseenFirstAt !== null && unseenLastAt !== null && unseenFirstAt < unseenLastAt;
}

/** Parents that are gone and whose records may live on. */
async function abandoningParents(run: StreamRun, parents: Parents | null): Promise<ReadonlySet<string>> {
  if (parents === null || parents.takesRecordsAlong) return NO_PARENTS;
  const known = await run.recorder.parents();
  return new Set(known.flatMap(({ parentId, goneSinceAt }) => (goneSinceAt === null ? [] : [parentId])));
}

const NO_PARENTS: ReadonlySet<string> = new Set();

/** @param absenceOf what follows where a record is not found by its id */
async function readAbsent(
  run: StreamRun,
  targets: readonly AbsentTarget[],
  budget: ReadBudget,
  absenceOf: (target: ReadTarget, response: ResponseEvidence) => readonly Absence[],
): Promise<void> {
  await readTargets(run, targets, budget, {
    phase: 'confirming absences',
    read: (target) => readOne(run, target, { mayAskOtherwise: false }),
    record: async (read) => {
      const observations = read.flatMap((one) => one.observations);
      if (observations.length > 0) await recordItems(run, { ...NO_ITEMS, observations }, { purpose: 'list', shownBy: 'id' });
      await keepAbsences(
        run,
        read.flatMap(({ target, absence }) => (absence === null ? [] : absenceOf(target, absence))),
      );
      // Asked in vain: not again before the next scan.
      for (const { target, absence } of read) {
        if (absence !== null && absenceOf(target, absence).length === 0) await run.recorder.missing(target.recordId, absence);
      }
    },
    isOver: untilSourceIsDown(run),
  });
}

async function keepAbsences(run: StreamRun, absences: readonly Absence[]): Promise<number> {
  if (absences.length === 0) return 0;
  const count = await run.recorder.disappeared(absences);
  run.tally.disappeared += count;
  run.tally.appended += count;
  return count;
}

/** Records whose parent is gone are gone with it, unless a list that is not the parent's has them. @returns the parent's 404, by record */
async function explainByParents(
  run: StreamRun,
  feed: ListFeed,
  parents: Parents,
  targets: readonly AbsentTarget[],
): Promise<ReadonlyMap<string, ResponseEvidence>> {
  const known = await run.recorder.parents();
  const gone = new Set(known.flatMap(({ parentId, goneSinceAt }) => (goneSinceAt === null ? [] : [parentId])));
  const explained = new Map<string, ResponseEvidence>();
  for (const target of targets) {
    const parentId = parents.recordFact === 'collection_id' ? target.collectionId : target.workflowId;
    if (parentId === null || !gone.has(parentId) || (!feed.showsAll && target.wasAnswered)) continue;
    const response = run.seen.goneParents.get(parentId) ?? (await askGone(run, parents, parentId));
    if (response === null) gone.delete(parentId);
    else explained.set(target.recordId, response);
  }
  return explained;
}

/** @returns null too where it cannot be told: that leaves its records missing, and fails nothing else */
async function askGone(run: StreamRun, parents: Parents, parentId: string): Promise<ResponseEvidence | null> {
  try {
    const response = await askParent(run, parents, parentId);
    if (response !== null) run.seen.goneParents.set(parentId, response);
    return response;
  } catch (error) {
    keepFailure(run, error);
    return null;
  }
}

/**
 * Whether a 404 of a read by id can be believed: while such reads find records that are there. Where they prove nothing in any case, it is enough that the lists showed
 * others.
 *
 * @param isAccepted whether a person vouches for it where no record is left that could be found
 */
async function isTrusted(run: StreamRun, isAccepted: boolean): Promise<boolean> {
  const { absence } = run.source.byId;
  const { isFoundById, canaries: listed } = run.seen;
  if (absence === 'unlisted' ? listed.length > 0 : isFoundById) return true;
  const canaries = listed.length > 0 ? listed : await run.recorder.canaries(CANARIES);
  for (const canary of canaries) if (await isFound(run, canary)) return true;
  if (canaries.length === 0 || absence === 'unlisted') {
    if (!isAccepted) run.log.info('no record is left by which reads by id could be tried: what is missing stays missing');
    return isAccepted;
  }
  if (absence === 'twice' || listed.length === 0) {
    run.log.info('reads by id find none of the records that are there: what is missing stays missing');
    return listed.length === 0 && isAccepted;
  }
  const path = run.source.byId.request(canaries[0] as ReadTarget)?.path ?? '';
  const message = `GET ${path} does not find a record that the list shows: a 404 proves nothing here, and no absence is recorded.`;
  keepFailure(run, new SourceError('source_bad_shape', message, { hint: 'Check that the API key may read single records.' }));
  return false;
}

const CANARIES = 3;

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
