import { askedSize, inPagesOf } from '../extract/place.ts';
import { readPages } from '../extract/read-pages.ts';
import type { ApiAnswer, ListFeed, PagedList, Parents } from '../model/connector.ts';
import { SourceError } from '../model/errors.ts';
import type { ResponseEvidence } from '../model/observation.ts';
import type { Instant } from '../model/instant.ts';
import type { WorkflowRow } from '../record/upsert-workflows.ts';
import { isTooLarge } from './smaller-pages.ts';
import type { StreamRun } from './stream-run.ts';
import { workflowRow } from './workflows-of.ts';

export interface ListedParent {
  readonly id: string;
  readonly version: string | null;
}

export interface ParentsRead {
  readonly parents: readonly ListedParent[];
  /** Whether none was passed by while they were read. */
  readonly isProven: boolean;
  /** The source's clock at the first answer. */
  readonly firstAnswerAt: Instant | null;
}

/** So often the list of parents is read to be sure that it is whole. */
const MOST_READINGS = 4;

/**
 * Reads whose lists a feed is cut into: knowledge bases, workflows. There are few of them, so the whole list is kept in memory; where it has several
 * pages and the proof is wanted, it is read until two readings agree with each other and with the source's count.
 */
export async function readParentIds(run: StreamRun, feed: ListFeed, parents: Parents, isProofWanted: boolean): Promise<ParentsRead> {
  let before: ReadonlySet<string> | null = null;
  let firstAnswerAt: Instant | null = null;
  for (let readings = 1; ; readings += 1) {
    const { found, workflows, pages, unreadable, total, answeredAt } = await readParents(run, parents, parents.list);
    firstAnswerAt ??= answeredAt;
    await run.recorder.workflows(workflows);
    if (unreadable > 0) run.log.warn({ feed: feed.name, unreadable }, 'some of the lists to read have no usable id');
    const isCounted = unreadable === 0 && (total === null || found.size === total);
    const isProven =
      isCounted && (pages === 1 || (before !== null && before.size === found.size && [...before].every((id) => found.has(id))));
    if (isProven || !isProofWanted || readings === MOST_READINGS) return { parents: [...found.values()], isProven, firstAnswerAt };
    before = new Set(found.keys());
  }
}

interface ParentsReading {
  readonly found: ReadonlyMap<string, ListedParent>;
  readonly workflows: readonly WorkflowRow[];
  readonly pages: number;
  /** Rows without a usable id. */
  readonly unreadable: number;
  readonly total: number | null;
  readonly answeredAt: Instant | null;
}

/** Reads the list once; from its beginning in smaller pages where one is larger than an answer may be. */
async function readParents(run: StreamRun, parents: Parents, list: PagedList): Promise<ParentsReading> {
  const found = new Map<string, ListedParent>();
  const workflows = new Map<string, WorkflowRow>();
  let pages = 0;
  let unreadable = 0;
  let total: number | null = null;
  let answeredAt: Instant | null = null;
  try {
    for await (const page of readPages(run.api, list, { signal: run.signal, log: run.log })) {
      pages += 1;
      total ??= page.total;
      run.tally.pages += 1;
      answeredAt ??= page.response.serverDate;
      for (const item of page.items) {
        const accountId = parents.accountIdOf(item);
        if (accountId !== null) await run.checkAccount(accountId);
        const id = parents.idOf(item);
        if (id === null) unreadable += 1;
        else found.set(id, { id, version: parents.versionOf(item) });
        const workflow = parents.workflowOf?.(item);
        if (workflow != null) workflows.set(workflow.id, workflowRow(workflow, page.response.receivedAt));
      }
    }
  } catch (error) {
    if (!isTooLarge(error, list.pagination)) throw error;
    return await readParents(run, parents, inPagesOf(list, Math.floor(askedSize(list.pagination) / 2)));
  }
  return { found, workflows: [...workflows.values()], pages, unreadable, total, answeredAt };
}

/** What a read of one parent said: a parent that is not in the list any more may be gone. */
export async function askParent(run: StreamRun, parents: Parents, parentId: string): Promise<ResponseEvidence | null> {
  const answer: ApiAnswer = await run.api.read(parents.byId(parentId));
  return answer.response.status === 404 || answer.response.status === 410 ? answer.response : null;
}

/** Whether a source does not have this kind of list at all. */
export function isNotThere(error: unknown): error is SourceError {
  return error instanceof SourceError && error.code === 'source_not_found';
}
