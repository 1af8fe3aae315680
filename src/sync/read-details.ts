import type { ApiAnswer, ReadTarget, StreamSource } from '../model/connector.ts';
import { SourceError } from '../model/errors.ts';
import { NO_ITEMS, observeItems, recordItems, type ReadItems, type StreamRun } from './stream-run.ts';
import { readTargets, type ReadBudget } from './read-targets.ts';
import { untilSourceIsDown } from './until-source-is-down.ts';

type Detail = NonNullable<StreamSource['detail']>;

/**
 * Reads, once a record, what no list shows of it, such as why it failed. A source that does not have the answer is not asked again for that record.
 */
export async function readDetails(run: StreamRun, budget: ReadBudget): Promise<void> {
  const { detail } = run.source;
  if (detail === null) return;
  const targets = await run.recorder.requestedReads('detail', budget.left);
  if (targets.length > 0) run.report('reading details');
  await readTargets(run, targets, budget, {
    phase: 'reading details',
    read: (target) => readDetail(run, detail, target),
    record: (read) => recordDetails(run, read),
    isOver: untilSourceIsDown(run),
  });
}

interface DetailRead extends ReadItems {
  readonly recordId: string;
}

async function readDetail(run: StreamRun, detail: Detail, target: ReadTarget): Promise<DetailRead> {
  const { recordId } = target;
  const answer = await ask(run, detail, target);
  if (answer === null || answer.response.status >= 400) return { recordId, ...NO_ITEMS };
  const { body, response } = answer;
  const items = await observeItems(run, [body], detail.observe, response, target.collectionId);
  return { ...items, recordId, observations: items.observations.filter((observation) => observation.recordId === recordId) };
}

/** @returns null where the source refuses this read for good: what it does not tell is no failure of the stream */
async function ask(run: StreamRun, detail: Detail, target: ReadTarget): Promise<ApiAnswer | null> {
  try {
    return await run.api.read(detail.request(target));
  } catch (error) {
    if (!(error instanceof SourceError) || !REFUSALS.has(error.code)) throw error;
    run.log.info({ record_id: target.recordId, code: error.code }, 'the source does not tell more of this record');
    return null;
  }
}

const REFUSALS: ReadonlySet<string> = new Set([
  'source_forbidden',
  'source_not_found',
  'source_bad_request',
] satisfies SourceError['code'][]);

async function recordDetails(run: StreamRun, read: readonly DetailRead[]): Promise<void> {
  const observations = read.flatMap((one) => one.observations);
  const rejections = read.flatMap((one) => one.rejections);
  if (observations.length > 0 || rejections.length > 0) {
    await recordItems(run, { ...NO_ITEMS, observations, rejections }, { purpose: 'detail', shownBy: 'some' });
  }
  const unanswered = read.filter((one) => one.observations.length === 0).map((one) => one.recordId);
  if (unanswered.length > 0) await run.recorder.clearReads(unanswered);
}
