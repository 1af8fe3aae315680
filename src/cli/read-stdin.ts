import type { Readable } from 'node:stream';

/** All of a stream as one text. */
export async function readText(stream: Readable): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of stream) text += typeof chunk === 'string' ? chunk : decoder.decode(chunk as Buffer, { stream: true });
  return text + decoder.decode();
}

/** The lines that have something on them, blanks round them taken off. */
export async function readLines(stream: Readable): Promise<readonly string[]> {
  return (await readText(stream))
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
