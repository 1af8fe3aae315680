import { getHeapStatistics } from 'node:v8';
import PQueue from 'p-queue';

/** Larger than nearly all pages are, and so small that as many as there are requests under way need no thought. */
export const LARGE_BYTES = 1024 * 1024;

/** Of the process and not of a connection or a sync, because memory is the process's. */
const LARGE_ANSWERS = new PQueue({ concurrency: 1 });

/**
 * Large answers are read one after the other in the whole process, whatever connection they come from: what it holds of them at once is then
 * bounded by the size of one, and not by the number of requests under way. Their servers work side by side all the same, and their lines were
 * shared anyway.
 *
 * @param signal ends the wait with its reason
 */
export async function readAlone<T>(read: () => Promise<T>, signal: AbortSignal): Promise<T> {
  return await LARGE_ANSWERS.add(read, { signal });
}

/** What parsed JSON takes of memory for each of its bytes, where it is as dense as `answerBounds` allows. */
const PARSED_BYTES = 12;

/** The command itself uses a quarter of it. */
const ROOM_BYTES = 112 * 1024 * 1024;

/**
 * Before a large answer is parsed: what is left of those before it is garbage by now, which V8 would collect only when half of this one lies
 * beside it. Nothing is done where there is room for both. Node has `gc` where it was asked for, as the command does.
 */
export function makeRoom(answerBytes: number): void {
  if (answerBytes <= LARGE_BYTES) return;
  const { used_heap_size: heapBytes, external_memory: externalBytes } = getHeapStatistics();
  if (heapBytes + externalBytes + PARSED_BYTES * answerBytes > ROOM_BYTES) globalThis.gc?.();
}
