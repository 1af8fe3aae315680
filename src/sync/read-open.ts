import type { ReadTarget } from '../model/connector.ts';
import { SourceError } from '../model/errors.ts';
import { pagesLeft } from './list-state.ts';
import type { FeedsRead } from './what-feeds-showed.ts';
import { readList } from './read-list.ts';
import { readOne } from './read-one.ts';
import { readTargets, type ReadBudget } from './read-targets.ts';
import { keepFailure, NO_ITEMS, observeItems, recordItems, type StreamRun } from './stream-run.ts';
import { asSupplements } from './supplement.ts';
import { untilSourceIsDown } from './until-source-is-down.ts';

/** A tenth of the budget. */
const TRACKED_SHARE = 10;

/**
 * Reads every open record that no list has shown: in bulk where the source can, by list where that takes fewer requests, else one by one, as
 * far as the budget goes, longest unread first. Whatever its age: a run that ends after months is seen to end.
 */
export async function readOpen(run: StreamRun, feeds: FeedsRead, budget: ReadBudget): Promise<void> {
  const { unread } = await run.recorder.countOpen();
  if (unread > 0) run.report('reading open records');
  const { main, feed } = feeds;
  if (unread > 0 && feed !== null && main !== null && !main.isDone && pagesLeft(main) < Math.min(unread, budget.left)) {
    const [list] = feed.lists(null);
    if (list !== undefined) {
      await readList(run, { feed, list, parentId: null, shownBy: 'all', from: main, until: null, scan: null, isHurried: false });
    }
  }
  // A share of its own, or ids that were never seen would wait behind all that is open.
  const tracked = await run.recorder.trackedUnseen(Math.ceil(budget.left / TRACKED_SHARE));
  await readOneByOne(run, tracked, budget, 'list');
  const targets = await run.recorder.openUnread(budget.left * (run.source.inBulk?.max ?? 1));
  await readOneByOne(run, await readInBulk(run, targets, budget), budget, 'list');
}

/** Reads by id what the diff could not decide, and decides it. */
export async function readDoubted(run: StreamRun, budget: ReadBudget): Promise<void> {
  await readOneByOne(run, await run.recorder.requestedReads('confirm', budget.left), budget, 'confirm');
}

async function readInBulk(run: StreamRun, targets: readonly ReadTarget[], budget: ReadBudget): Promise<readonly ReadTarget[]> {
  const bulk = run.source.inBulk;
  if (bulk === null) return targets;
  const byParent = Map.groupBy(targets, (target) => bulk.parentOf(target));
  const single = [...(byParent.get(null) ?? [])];
  for (const [parentId, members] of byParent) {
    if (parentId === null) continue;
    for (let first = 0; first < members.length && budget.left > 0; first += bulk.max) {
      const some = members.slice(first, first + bulk.max);
      budget.left -= 1;
      try {
        const ids = some.map((target) => target.recordId);
        const { body, response } = await run.api.read(bulk.request(parentId, ids));
        const items = await observeItems(run, bulk.items(body), bulk.observe, response, parentId);
        const observations = asSupplements(items.observations);
        await recordItems(run, { ...items, observations }, { purpose: 'list', shownBy: 'some' });
        const answered = new Set(items.observations.map((observation) => observation.recordId));
        single.push(...some.filter((target) => !answered.has(target.recordId)));
      } catch (error) {
        if (!(error instanceof SourceError && error.code === 'source_not_found')) keepFailure(run, error);
        single.push(...some);
      }
      run.report('reading open records');
    }
  }
  return single;
}

async function readOneByOne(
  run: StreamRun,
  targets: readonly ReadTarget[],
  budget: ReadBudget,
  purpose: 'list' | 'confirm',
): Promise<void> {
  await readTargets(run, targets, budget, {
    phase: 'reading open records',
    read: (target) => readOne(run, target, { mayAskOtherwise: true }),
    record: async (read) => {
      for (const { target, absence } of read) if (absence !== null) await run.recorder.missing(target.recordId, absence);
      const observations = read.flatMap((one) => one.observations);
      if (observations.length > 0) await recordItems(run, { ...NO_ITEMS, observations }, { purpose, shownBy: 'id' });
    },
    isOver: untilSourceIsDown(run),
  });
}
