import type { Checkpoint } from '../record/scans.ts';
import type { BatchResult } from './batch.ts';
import { BATCH_SIZE, mostGathered, NO_ITEMS, recordItems, type ReadItems, type RecordAs, type StreamRun } from './stream-run.ts';

/** Gathers what pages show until it is worth a transaction. */
export interface ItemSink {
  /** @param checkpoint how far the list is read with this page: true once it is recorded */
  add(items: ReadItems, checkpoint?: Checkpoint): Promise<void>;
  /** Records what was gathered. @returns null where there was nothing */
  flush(): Promise<BatchResult | null>;
}

/** @param scan where another sync may go on with it, batches are half as large: what was not recorded is read again */
export function createItemSink(
  run: StreamRun,
  as: Pick<RecordAs, 'shownBy'>,
  scan: { readonly id: bigint; readonly isResumable: boolean } | null,
): ItemSink {
  const scanId = scan?.id ?? null;
  const most = scan?.isResumable === true ? BATCH_SIZE / 2 : BATCH_SIZE;
  let pending = NO_ITEMS;
  let pendingSince = run.api.received.characters;
  let checkpoint: Checkpoint | undefined;
  const isEnough = ({ observations, rejections, ignored }: ReadItems): boolean =>
    observations.length + rejections.length + ignored.length >= most || run.api.received.characters - pendingSince >= mostGathered(run);
  const flush = async (): Promise<BatchResult | null> => {
    const items = pending;
    if (items === NO_ITEMS && checkpoint === undefined) return null;
    pending = NO_ITEMS;
    pendingSince = run.api.received.characters;
    const part = scanId === null ? undefined : { id: scanId, ...(checkpoint !== undefined && { checkpoint }) };
    checkpoint = undefined;
    return await recordItems(run, items, { ...as, purpose: 'list', scan: part });
  };
  return {
    async add(items, reached) {
      if (items.observations.length + items.rejections.length + items.ignored.length > 0) {
        pending = {
          observations: [...pending.observations, ...items.observations],
          rejections: [...pending.rejections, ...items.rejections],
          ignored: [...pending.ignored, ...items.ignored],
        };
      }
      checkpoint = reached ?? checkpoint;
      if (isEnough(pending)) await flush();
    },
    flush,
  };
}
