import type { OpenScan } from '../record/scans.ts';
import type { StreamState } from '../record/stream-lease.ts';
import type { StreamRun } from './stream-run.ts';

/** Nothing of the stream was ever read to its end: what is known of it is what scans that were cut off have seen. */
export function isFirstScan({ lastFullScanAt, watermark }: StreamState): boolean {
  return lastFullScanAt === null && watermark === null;
}

/** @returns the first scan to go on with, where one was cut off */
export async function beginScan(run: StreamRun, state: StreamState): Promise<OpenScan | null> {
  const resume = isFirstScan(state) ? await run.recorder.openScan() : null;
  if (resume === null) await run.recorder.endScans();
  run.seen.scanId = await run.recorder.beginScan();
  return resume;
}
