/**
 * Reads a body, at most `maxBytes` of it. `response.body` gives bytes after decompression, chunk by chunk, so a small answer that unpacks
 * to gigabytes stops at the same bound as a plain one. What is left unread is cancelled, which closes its connection.
 *
 * @returns the text, whole or not
 * @throws what the connection breaks with, or the signal's reason
 */
export async function readBody(
  response: Response,
  maxBytes: number,
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly isWhole: boolean }> {
  if (response.body === null) return { text: '', isWhole: true };
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  // Not left to fetch alone: one that was handed in may wrap the request, and then loses the signal to the garbage collector.
  const cancel = (): void => {
    void reader.cancel(signal.reason).catch(() => undefined);
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    signal.throwIfAborted();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      const room = maxBytes - size;
      if (read.value.byteLength > room) {
        chunks.push(read.value.subarray(0, room));
        cancel();
        return { text: decode(chunks), isWhole: false };
      }
      chunks.push(read.value);
      size += read.value.byteLength;
    }
    // A cancelled body ends like a whole one.
    signal.throwIfAborted();
    return { text: decode(chunks), isWhole: true };
  } finally {
    signal.removeEventListener('abort', cancel);
  }
}

/** One decode of all bytes: a streaming decoder takes three times as long. */
function decode(chunks: readonly Uint8Array[]): string {
  return new TextDecoder().decode(Buffer.concat(chunks));
}
