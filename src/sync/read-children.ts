import type { FeedList, ListFeed, Parents } from '../model/connector.ts';
import type { SourceError } from '../model/errors.ts';
import type { Instant } from '../model/instant.ts';
import type { ResponseEvidence } from '../model/observation.ts';
import type { KnownParent } from '../record/parents.ts';
import { readList } from './read-list.ts';
import { askParent, isNotThere, readParentIds, type ListedParent } from './read-parents.ts';
import { scanList } from './scan-list.ts';
import { keepFailure, type StreamRun } from './stream-run.ts';

export interface ChildrenRead {
  /** Whether all that was to be read was read to its end. */
  readonly isWhole: boolean;
  readonly firstAnswerAt: Instant | null;
  /** null where this was no full scan. */
  readonly scan: {
    readonly isProven: boolean;
    /** When an earlier scan, which was cut off, began to read lists that were left out now; null where none was. */
    readonly resumedFrom: Instant | null;
    readonly distinctCount: number | null;
    readonly scanIds: readonly bigint[];
  } | null;
}

/**
 * Reads the lists of a feed's parents, several parents at a time. A parent that fails stops no other; one that is gone ends its own lists only. A source
 * without this kind of parent is one that does not have the feed: an error where it is the feed that shows all, and nothing otherwise.
 */
export async function readChildren(
  run: StreamRun,
  feed: ListFeed,
  parents: Parents,
  mode: 'incremental' | 'full' | 'first',
): Promise<ChildrenRead> {
  const isScan = mode !== 'incremental';
  const known = new Map((await run.recorder.parents()).map((parent) => [parent.parentId, parent]));
  const listed = await readParentIds(run, feed, parents, isScan).catch((error: unknown) => {
    if (feed.showsAll || !isNotThere(error)) throw error;
    run.log.info({ feed: feed.name }, 'the source does not have this feed');
    return null;
  });
  if (listed === null) return { isWhole: true, firstAnswerAt: null, scan: null };
  const { hidden, isSure } = isScan ? await findHidden(run, parents, listed.parents, known) : { hidden: [], isSure: true };
  const results = await settleEnded(run, feed, parents, await readEach(run, feed, [...listed.parents, ...hidden], known, mode), isScan);
  const isWhole = isSure && results.every((result) => result.isDone);
  if (!isScan || run.seen.scanId === null) return { isWhole, firstAnswerAt: listed.firstAnswerAt, scan: null };
  const scanIds = [run.seen.scanId, ...results.flatMap((result) => result.scanIds)];
  const seen = await run.recorder.countSeen(run.seen.scanId);
  const isProven = isWhole && seen.isWhole && listed.isProven && results.every((result) => result.isProven);
  const resumedFrom = results.reduce<Instant | null>((first, result) => earliest(first, result.resumedFrom), null);
  return { isWhole, firstAnswerAt: listed.firstAnswerAt, scan: { isProven, resumedFrom, distinctCount: seen.count, scanIds } };
}

/**
 * Parents that were there once and are in the list no more: asked for one by one.
 *
 * @returns those that are there all the same, and whether that can be told of every one
 */
async function findHidden(
  run: StreamRun,
  parents: Parents,
  listed: readonly ListedParent[],
  known: ReadonlyMap<string, KnownParent>,
): Promise<{ readonly hidden: readonly ListedParent[]; readonly isSure: boolean }> {
  const ids = new Set(listed.map((parent) => parent.id));
  const hidden: ListedParent[] = [];
  let isSure = true;
  let isTrusted: boolean | null = null;
  run.seen.parentFact = parents.recordFact;
  for (const { parentId, goneSinceAt } of known.values()) {
    if (ids.has(parentId)) continue;
    if (goneSinceAt !== null) {
      // Asked for again only where a record of it is left.
      noteGone(run, parents, parentId, null);
      continue;
    }
    try {
      const gone = await askParent(run, parents, parentId);
      if (gone === null) {
        hidden.push({ id: parentId, version: null });
        continue;
      }
      isTrusted ??= await isFound(run, parents, listed);
      if (!isTrusted) continue;
      noteGone(run, parents, parentId, gone);
      await run.recorder.noteParentGone(parentId, gone.receivedAt);
    } catch (error) {
      // That one cannot be asked for keeps the others' lists from nothing.
      keepFailure(run, error);
      isSure = false;
    }
  }
  return { hidden, isSure };
}

function noteGone(run: StreamRun, parents: Parents, parentId: string, response: ResponseEvidence | null): void {
  if (parents.takesRecordsAlong) run.seen.goneParents.set(parentId, response);
  else run.seen.abandoning.add(parentId);
}

/** Whether reads of single parents find one that was listed just now: otherwise their 404 proves nothing, and what was part of a vanished one is missing. */
async function isFound(run: StreamRun, parents: Parents, listed: readonly ListedParent[]): Promise<boolean> {
  const [canary] = listed;
  if (canary === undefined) return run.isAccepting;
  return (await askParent(run, parents, canary.id)) === null;
}

interface ParentRead {
  readonly parentId: string;
  readonly isDone: boolean;
  readonly isProven: boolean;
  readonly resumedFrom: Instant | null;
  readonly scanIds: readonly bigint[];
  /** Its lists are not there. */
  readonly notThere?: SourceError;
}

const NOT_READ: ParentRead = { parentId: '', isDone: false, isProven: false, resumedFrom: null, scanIds: [] };

async function readEach(
  run: StreamRun,
  feed: ListFeed,
  listed: readonly ListedParent[],
  known: ReadonlyMap<string, KnownParent>,
  mode: 'incremental' | 'full' | 'first',
): Promise<readonly ParentRead[]> {
  const { concurrency } = run.settings.requests;
  const results: ParentRead[] = [];
  for (let first = 0; first < listed.length; first += concurrency) {
    const some = listed.slice(first, first + concurrency);
    const settled = await Promise.allSettled(some.map((parent) => readParent(run, feed, parent, known.get(parent.id) ?? null, mode)));
    for (const result of settled) {
      if (result.status === 'rejected') keepFailure(run, result.reason);
      results.push(result.status === 'fulfilled' ? result.value : NOT_READ);
    }
    run.report('listing');
  }
  return results;
}

async function readParent(
  run: StreamRun,
  feed: ListFeed,
  parent: ListedParent,
  known: KnownParent | null,
  mode: 'incremental' | 'full' | 'first',
): Promise<ParentRead> {
  const isScan = mode !== 'incremental';
  // A first scan that was cut off has read the lists of some parents to their ends.
  const isUnmoved = mode !== 'full' && parent.version !== null && known?.version === parent.version;
  let result: ParentRead = { parentId: parent.id, isDone: true, isProven: true, resumedFrom: null, scanIds: [] };
  const lists = feed.lists(parent.id);
  // What went back while a scan read, such as documents that are tried again, stands in lists that had been read by then.
  const again = isScan && feed.showsAll ? lists.slice(0, -1) : [];
  for (const list of [...lists, ...again]) {
    if (list.isSettled === true && isUnmoved) {
      if (isScan) result = { ...result, resumedFrom: known.lastSeenAt };
      continue;
    }
    try {
      const read = await readOneList(run, feed, list, parent.id, isScan && feed.showsAll);
      result = {
        ...result,
        isDone: result.isDone && read.isDone,
        isProven: result.isProven && read.isProven,
        scanIds: [...result.scanIds, ...read.scanIds],
      };
    } catch (error) {
      if (!isNotThere(error)) throw error;
      return { ...NOT_READ, parentId: parent.id, notThere: error };
    }
  }
  const version = (isScan && feed.showsAll ? result.isProven : result.isDone) ? parent.version : null;
  if (known === null || known.goneSinceAt !== null || (version !== null && version !== known.version)) {
    await run.recorder.noteParent(parent.id, version);
  }
  return result;
}

async function readOneList(
  run: StreamRun,
  feed: ListFeed,
  list: FeedList,
  parentId: string,
  isScan: boolean,
): Promise<Pick<ParentRead, 'isDone' | 'isProven' | 'scanIds'>> {
  if (isScan && run.seen.scanId !== null) {
    const scan = { feed, list, parentId, order: null, sharedScanId: run.seen.scanId, resume: null, isResumable: false };
    const { state, isProven, scanIds } = await scanList(run, scan);
    return { isDone: state.isDone, isProven, scanIds: scanIds.filter((id) => id !== run.seen.scanId) };
  }
  const shownBy = feed.showsAll ? 'all' : 'some';
  const state = await readList(run, { feed, list, parentId, shownBy, until: null, scan: null, isHurried: false });
  if (!state.isDone) run.tally.isUnsettled = true;
  return { isDone: state.isDone, isProven: false, scanIds: [] };
}

/**
 * Parents whose lists were not there. One that is not listed any more either was deleted meanwhile, and nothing of it is left to be read. One that is ends its own
 * lists only; if that is so of all, it is not the parents that are gone.
 */
async function settleEnded(
  run: StreamRun,
  feed: ListFeed,
  parents: Parents,
  results: readonly ParentRead[],
  isScan: boolean,
): Promise<readonly ParentRead[]> {
  const ended = results.flatMap(({ parentId, notThere }) => (notThere === undefined ? [] : [{ parentId, notThere }]));
  const [first] = ended;
  if (first === undefined) return results;
  run.log.info({ feed: feed.name, parents: ended.map(({ parentId }) => parentId) }, 'the lists of these parents are not there');
  const listed = feed.showsAll ? new Set((await readParentIds(run, feed, parents, false)).parents.map((parent) => parent.id)) : NO_PARENTS;
  const isListed = ended.some(({ parentId }) => listed.has(parentId));
  if (isListed && ended.length === results.length) keepFailure(run, first.notThere);
  if (isListed && !isScan) run.tally.isUnsettled = true;
  return results.map((result) =>
    result.notThere === undefined ? result : { ...result, isDone: true, isProven: !listed.has(result.parentId) },
  );
}

const NO_PARENTS: ReadonlySet<string> = new Set();

function earliest(a: Instant | null, b: Instant | null): Instant | null {
  return a === null || (b !== null && b < a) ? b : a;
}
