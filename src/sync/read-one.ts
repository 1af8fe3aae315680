import type { ReadTarget, StreamSource } from '../model/connector.ts';
import type { Observation, ResponseEvidence } from '../model/observation.ts';
import { rejectItem } from '../observe/reject-item.ts';
import { NO_ITEMS, observeItems, recordItems, type StreamRun } from './stream-run.ts';

export interface OneRead<Target extends ReadTarget = ReadTarget> {
  readonly target: Target;
  /** What the answer shows of the record; empty where there is none to show, which is kept. */
  readonly observations: readonly Observation[];
  /** The answer that the source does not know the record. */
  readonly absence: ResponseEvidence | null;
}

/**
 * Reads one record by its id. An answer that cannot be understood, or is about another record, is kept as a rejection.
 *
 * @param mayAskOtherwise whether another endpoint may be asked where the first does not know the record: not where it is asked whether it is gone
 */
export async function readOne<Target extends ReadTarget>(
  run: StreamRun,
  target: Target,
  { mayAskOtherwise }: { readonly mayAskOtherwise: boolean },
): Promise<OneRead<Target>> {
  const { byId } = run.source;
  const read = await readFrom(run, target, byId);
  if (read.observations.length > 0) run.seen.isFoundById = true;
  if (read.absence === null || byId.otherwise === null || !mayAskOtherwise) return read;
  const otherwise = await readFrom(run, target, byId.otherwise);
  return otherwise.observations.length > 0 ? otherwise : read;
}

async function readFrom<Target extends ReadTarget>(
  run: StreamRun,
  target: Target,
  endpoint: Pick<StreamSource['byId'], 'request' | 'observe'>,
): Promise<OneRead<Target>> {
  const request = endpoint.request(target);
  if (request === null) {
    run.log.info({ record_id: target.recordId }, 'too little is known of the record to read it by its id');
    await run.recorder.tried([target.recordId]);
    return { target, observations: [], absence: null };
  }
  const { body, response } = await run.api.read(request);
  if (response.status === 404 || response.status === 410) return { target, observations: [], absence: response };
  const items = await observeItems(run, [body], endpoint.observe, response, target.collectionId);
  const observations = items.observations.filter((observation) => observation.recordId === target.recordId);
  const wrong =
    items.observations.length > observations.length
      ? [rejectItem('the answer is about another record', body, { response, payloads: run.settings.payloads })]
      : [];
  if (observations.length === 0) {
    run.tally.isUnsettled = true;
    await run.recorder.tried([target.recordId]);
  }
  const rejections = [...items.rejections, ...wrong];
  if (rejections.length > 0) await recordItems(run, { ...NO_ITEMS, rejections }, { purpose: 'list', shownBy: 'id' });
  return { target, observations, absence: null };
}
