import { z } from 'zod';
import type { Payloads } from '../../model/connector.ts';
import type { Status } from '../../model/status.ts';
import { STATUSES } from '../../model/status.ts';
import type { Stream } from '../../model/event.ts';
import { parseByteSize, SIZE_EXAMPLES } from './byte-size.ts';
import { DURATION_EXAMPLES, LONGEST_TIMER_MS, parseDuration } from './duration.ts';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const STREAMS = ['runs', 'documents'] as const satisfies readonly Stream[];
export const MIGRATE_MODES = ['auto', 'manual'] as const;

const PAYLOADS = ['redacted', 'full', 'none'] as const satisfies readonly Payloads[];
const CONNECTION_NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const DAY_MS = 86_400_000;

const requestsSchema = z.strictObject({
  concurrency: numberBetween(1, 64, { isWhole: true }).optional(),
  per_second: numberBetween(0.01, 1_000).optional(),
  timeout: duration({ least: 100, most: LONGEST_TIMER_MS }).optional(),
  max_wait: duration({ least: 0, most: LONGEST_TIMER_MS }).optional(),
  max_bytes: byteSize({ least: 64 * 1024, most: 256 * 1024 * 1024 }).optional(),
});

const connectionSchema = z.strictObject({
  connector: text('the name of a connector'),
  base_url: text('an http or https URL').optional(),
  api_key: text('an API key').optional(),
  label: text('a text').optional(),
  streams: z
    .array(oneOf(STREAMS), { error: 'must be a list of streams, such as [runs, documents]' })
    .min(1, 'must name a stream')
    .optional(),
  payloads: oneOf(PAYLOADS).optional(),
  statuses: z
    .record(z.string(), oneOf<Status>(STATUSES), { error: 'must map words of the source to statuses, such as { timed_out: failed }' })
    .optional(),
  requests: requestsSchema.optional(),
  overlap: duration({ least: 0, most: 365 * DAY_MS }).optional(),
  full_scan_every: duration({ least: 60_000, most: 3_650 * DAY_MS }).optional(),
  open_reads: numberBetween(1, 1_000_000, { isWhole: true }).optional(),
  stuck_after: duration({ least: 1_000, most: 3_650 * DAY_MS }).optional(),
  allow_http: flag().optional(),
});

export const settingsSchema = z.strictObject({
  database: text('postgres://…, embedded or embedded:PATH').optional(),
  connections: z.record(connectionName(), connectionSchema, { error: 'must map names of connections to their settings' }).optional(),
  migrate: oneOf(MIGRATE_MODES).optional(),
  log_level: oneOf(LOG_LEVELS).optional(),
});

/** A settings file as it stands: checked, durations in milliseconds, nothing filled in. */
export type SettingsFile = z.infer<typeof settingsSchema>;
export type ConnectionFile = z.infer<typeof connectionSchema>;

/** The keys that may stand at a place of the file, so that a mistyped one can be told what it meant. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  if (path.length === 0) return Object.keys(settingsSchema.shape);
  if (path[0] !== 'connections') return [];
  if (path.length === 2) return Object.keys(connectionSchema.shape);
  return path.length === 3 && path[2] === 'requests' ? Object.keys(requestsSchema.shape) : [];
}

function text(what: string) {
  return z.string({ error: `must be ${what}` }).min(1, `must be ${what}`);
}

function oneOf<T extends string>(words: readonly T[]) {
  return z.enum(words, { error: `must be ${listed(words)}` });
}

function duration({ least, most }: { least: number; most: number }) {
  const what = `must be a duration such as ${DURATION_EXAMPLES}`;
  return z.string({ error: what }).transform((written, context) => {
    const milliseconds = parseDuration(written);
    if (milliseconds !== null && milliseconds >= least && milliseconds <= most) return milliseconds;
    const message = milliseconds === null ? what : `must be ${milliseconds < least ? 'longer' : 'shorter'}`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });
}

/** The greatest is half of the longest text that JavaScript knows. */
function byteSize({ least, most }: { least: number; most: number }) {
  const what = `must be a number of bytes such as ${SIZE_EXAMPLES}`;
  return z.union([z.string(), z.number()], { error: what }).transform((written, context) => {
    const bytes = parseByteSize(String(written));
    if (bytes !== null && bytes >= least && bytes <= most) return bytes;
    context.addIssue({ code: 'custom', message: bytes === null ? what : `must be ${bytes < least ? 'at least 64KiB' : 'at most 256MiB'}` });
    return z.NEVER;
  });
}

/** A number, also one that an environment variable gave and that is therefore a text. */
function numberBetween(least: number, most: number, { isWhole = false } = {}) {
  const message = `must be a ${isWhole ? 'whole ' : ''}number from ${least} to ${most}`;
  const schema = (isWhole ? z.int({ error: message }) : z.number({ error: message })).min(least, message).max(most, message);
  return z.preprocess((value) => (typeof value === 'string' && /^\d+(\.\d+)?$/.test(value) ? Number(value) : value), schema);
}

function flag() {
  const message = 'must be true or false';
  return z.preprocess((value) => (value === 'true' ? true : value === 'false' ? false : value), z.boolean({ error: message }));
}

/** The name is written into every row of the ledger and into shell commands, so it is kept plain. */
function connectionName() {
  return z
    .string()
    .regex(CONNECTION_NAME, 'is no name of a connection: lower-case letters, digits, _ and -, 63 at the most, a letter or digit first');
}

export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}
