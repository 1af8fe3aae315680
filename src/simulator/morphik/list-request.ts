import { z } from 'zod';
import type { SourceAnswer } from '../source-server.ts';
import { unprocessable } from './answers.ts';

/**
 * What a list of documents can be asked for. Filters by folder, person and metadata are taken and not heeded: every document of a simulated
 * server is in one app and of one person, and has no metadata.
 */
const ListRequest = z.object({
  skip: z.int().min(0).default(0),
  limit: z.int().min(0).default(100),
  return_documents: z.boolean().default(true),
  include_total_count: z.boolean().default(false),
  include_status_counts: z.boolean().default(false),
  include_folder_counts: z.boolean().default(false),
  completed_only: z.boolean().default(false),
  sort_by: z.enum(['created_at', 'updated_at', 'filename', 'external_id']).nullable().default('updated_at'),
  sort_direction: z.enum(['asc', 'desc']).default('desc'),
  fields: z.array(z.string()).nullable().default(null),
});
export type ListRequest = z.infer<typeof ListRequest>;

/** All that older servers heed. */
const ArrayRequest = z.object({ skip: z.int().min(0).default(0), limit: z.int().min(0).default(10_000) });
export type ArrayRequest = z.infer<typeof ArrayRequest>;

export type Read<T> = { readonly ok: true; readonly request: T } | { readonly ok: false; readonly answer: SourceAnswer };

/** @param body without any, everything is as by default */
export function readListRequest(body: string): Read<ListRequest> {
  return readBody(body, ListRequest);
}

export function readArrayRequest(body: string): Read<ArrayRequest> {
  return readBody(body, ArrayRequest);
}

function readBody<T>(body: string, schema: z.ZodType<T>): Read<T> {
  let json: unknown;
  try {
    json = body === '' ? {} : JSON.parse(body);
  } catch {
    return { ok: false, answer: unprocessable([{ loc: ['body', 0], msg: 'JSON decode error', type: 'json_invalid' }]) };
  }
  const read = schema.safeParse(json);
  if (read.success) return { ok: true, request: read.data };
  const problems = read.error.issues.map(({ path, message, code }) => ({
    loc: ['body', ...path.map((part) => (typeof part === 'number' ? part : String(part)))],
    msg: message,
    type: code,
  }));
  return { ok: false, answer: unprocessable(problems) };
}
