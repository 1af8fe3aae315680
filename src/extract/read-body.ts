import { LARGE_BYTES } from './large-answers.ts';

/** A body as far as it was read. */
export interface Body {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly isWhole: boolean;
}

export interface ReadBodyOptions {
  readonly maxBytes: number;
  readonly signal: AbortSignal;
  /** Reads the rest of a body that turns out to be large, once that may be done. */
  readonly alone: <T>(rest: () => Promise<T>) => Promise<T>;
}

/**
 * Reads a body, at most `maxBytes` of it. `response.body` gives bytes after decompression, chunk by chunk, so a small answer that unpacks
 * to gigabytes stops at the same bound as a plain one. What is left unread is cancelled, which closes its connection.
 *
 * @throws what the connection breaks with, or the signal's reason
 */
export async function readBody(response: Response, { maxBytes, signal, alone }: ReadBodyOptions): Promise<Body> {
  if (response.body === null) return { bytes: new Uint8Array(), isWhole: true };
  let buffer = new ArrayBuffer(Math.min(maxBytes, FIRST_BYTES));
  let size = 0;
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  // Not left to fetch alone: one that was handed in may wrap the request, and then loses the signal to the garbage collector.
  const cancel = (): void => {
    void reader.cancel(signal.reason).catch(() => undefined);
  };
  const keep = (chunk: Uint8Array): void => {
    const kept = chunk.subarray(0, maxBytes - size);
    const needed = size + kept.byteLength;
    // Moved and not copied into a new one: the old one would stay until it is collected as garbage.
    if (needed > buffer.byteLength) buffer = buffer.transfer(Math.min(maxBytes, Math.max(needed, buffer.byteLength * 2)));
    new Uint8Array(buffer).set(kept, size);
    size += chunk.byteLength;
  };
  /** @returns whether it came to the end */
  const readOver = async (bytes: number): Promise<boolean> => {
    while (size <= bytes) {
      const read = await reader.read();
      // A cancelled body ends like a whole one.
      signal.throwIfAborted();
      if (read.done) return true;
      keep(read.value);
    }
    return false;
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    signal.throwIfAborted();
    let isWhole = await readOver(Math.min(LARGE_BYTES, maxBytes));
    if (!isWhole && size <= maxBytes) isWhole = await alone(() => readOver(maxBytes));
    if (!isWhole) cancel();
    return { bytes: new Uint8Array(buffer, 0, Math.min(size, maxBytes)), isWhole };
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

const FIRST_BYTES = 64 * 1024;
