import type { ConformingStream, Json } from './conforming-system.ts';

/** What becomes of a record in an answer: what stands in its place, or null where it is taken out of its list. */
export type RecordChange = (record: Json, shown: { readonly stream: ConformingStream; readonly id: string }) => Json | null;

/** An answer's body with every record in it changed, wherever in it they stand. */
export function mapRecords(body: unknown, streams: readonly ConformingStream[], change: RecordChange): unknown {
  if (Array.isArray(body)) {
    return body.flatMap((entry) => {
      const mapped = mapRecords(entry, streams, change);
      return mapped === null && entry !== null ? [] : [mapped];
    });
  }
  if (typeof body !== 'object' || body === null) return body;
  const object = body as Json;
  for (const stream of streams) {
    const id = stream.recordIdOf(object);
    if (typeof id === 'string') return change(object, { stream, id });
  }
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, mapRecords(value, streams, change)]));
}
