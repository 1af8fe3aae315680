import { later, type Instant } from '../model/instant.ts';
import type { AnswerBounds } from './answer-bounds.ts';
import { abortedError } from './clock.ts';
import { holdsMoreValues } from './count-values.ts';
import { startDeadline, type Deadline } from './deadline.ts';
import { makeRoom, readAlone } from './large-answers.ts';
import { linkSignals } from './linked-signal.ts';
import { readBody, type Body } from './read-body.ts';

/** What one try of a request came to. Whether it is tried again is not decided here. */
export type Outcome =
  | Answered
  /** No connection, or one that broke before the answer was whole. */
  | { readonly kind: 'unreachable'; readonly cause: unknown }
  | { readonly kind: 'timed_out' }
  /** @see AnswerBounds for which of its bounds */
  | { readonly kind: 'too_large'; readonly what: 'bytes' | 'values'; readonly most: number }
  /** It was sent elsewhere, and not followed for this reason. */
  | { readonly kind: 'redirected'; readonly status: number; readonly location: URL | null; readonly reason: string };

export interface Answered {
  readonly kind: 'answered';
  readonly status: number;
  readonly headers: Headers;
  /** The body; of an answer that is no success, only its beginning. */
  readonly text: string;
  readonly sentAt: Instant;
  readonly receivedAt: Instant;
}

export interface Sending {
  readonly method: 'GET' | 'POST';
  readonly url: URL;
  /** A redirect is followed only to below here, because that is where the key belongs. */
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, unknown>> | null;
  /** for the whole of it, redirects and body included; a wait for other answers to be read is not counted */
  readonly timeoutMs: number;
  readonly bounds: Pick<AnswerBounds, 'bytes' | 'values'>;
  /** Statuses besides 2xx whose body is wanted whole. */
  readonly accept: readonly number[];
  readonly fetch: typeof globalThis.fetch | null;
  readonly now: () => Instant;
  /** from 0 to 1 */
  readonly chance: () => number;
  readonly signal: AbortSignal;
}

/**
 * Sends one request and reads its answer, within its bounds of time and size.
 *
 * Plain `fetch`, no client around it: such clients wait to retry while they hold a place in the queue, cut a long Retry-After short, stop
 * their timeout where the body begins and see no answer that breaks off in it; and those that build a `Request` lose the abort signal when
 * that object is collected, after which a body without end could not be left.
 *
 * @throws RunledgerError aborted
 */
export async function sendOnce(sending: Sending): Promise<Outcome> {
  const link = linkSignals([sending.signal]);
  const deadline = startDeadline(sending.timeoutMs, () => {
    link.abort(TOO_LATE);
  });
  try {
    return await follow({ sending, signal: link.signal, deadline });
  } catch (error) {
    if (sending.signal.aborted) throw abortedError('waiting for an answer', error);
    if (link.signal.reason === TOO_LATE) return { kind: 'timed_out' };
    if (error instanceof BrokenOff) return { kind: 'unreachable', cause: error.cause };
    throw error;
  } finally {
    deadline.end();
    // Ends what was not read to its end: an answer that was refused by its head alone would go on to arrive.
    link.abort(UNWANTED);
    link.release();
  }
}

/** Made once: an error's stack costs more than the rest of a request's bookkeeping. */
const TOO_LATE = new DOMException('the request took too long', 'TimeoutError');
const UNWANTED = new DOMException('the rest is not wanted', 'AbortError');

const MOST_REDIRECTS = 5;

/** One request on its way. */
interface Way {
  readonly sending: Sending;
  readonly signal: AbortSignal;
  readonly deadline: Deadline;
}

async function follow(way: Way): Promise<Outcome> {
  const { sending, signal } = way;
  let url = sending.url;
  for (let redirects = 0; ; redirects += 1) {
    const sentAt = sending.now();
    const response = await request(sending, url, signal);
    if (response.status < 300 || response.status > 399) return readAnswer(way, response, sentAt);
    const location = locationOf(response, url);
    if (location === null) return { kind: 'redirected', status: response.status, location, reason: 'it names no place' };
    const reason = refusalOf(sending, location, redirects);
    if (reason !== null) return { kind: 'redirected', status: response.status, location, reason };
    await response.body?.cancel();
    url = location;
  }
}

async function request(sending: Sending, url: URL, signal: AbortSignal): Promise<Response> {
  try {
    return await (sending.fetch ?? fetch)(url, {
      method: sending.method,
      headers: sending.body === null ? sending.headers : { ...sending.headers, 'content-type': 'application/json' },
      body: sending.body === null ? null : JSON.stringify(sending.body),
      redirect: 'manual',
      signal,
    });
  } catch (error) {
    // By its standard, fetch tells every failure of the network as a TypeError. What happened is in its cause.
    throw error instanceof TypeError ? new BrokenOff({ cause: error }) : error;
  }
}

function locationOf(response: Response, url: URL): URL | null {
  const location = response.headers.get('location');
  return location === null ? null : URL.parse(location, url.href);
}

function refusalOf(sending: Sending, location: URL, redirects: number): string | null {
  const base = new URL(sending.baseUrl);
  if (location.origin !== base.origin) return 'it is another server, and the api key is not sent there';
  const prefix = base.pathname.endsWith('/') ? base.pathname : `${base.pathname}/`;
  if (!location.pathname.startsWith(prefix)) return 'it lies outside of base_url, and the api key is not sent there';
  if (sending.method !== 'GET') return 'only a GET is asked for again elsewhere';
  return redirects >= MOST_REDIRECTS ? `it was redirected ${MOST_REDIRECTS} times already` : null;
}

/** Enough for the words of any error; a whole page of HTML is not wanted. */
const ERROR_BYTES = 64 * 1024;

async function readAnswer(way: Way, response: Response, sentAt: Instant): Promise<Outcome> {
  const { bounds, accept, chance, now } = way.sending;
  const { status, headers } = response;
  const isWanted = response.ok || accept.includes(status);
  const tooManyBytes: Outcome = { kind: 'too_large', what: 'bytes', most: bounds.bytes };
  if (isWanted && Number(headers.get('content-length') ?? 0) > bounds.bytes) return tooManyBytes;
  const { bytes, isWhole } = await readBytes(way, response, isWanted ? bounds.bytes : ERROR_BYTES, isWanted);
  if (isWanted && !isWhole) return tooManyBytes;
  const receivedAt = later(sentAt, now());
  if (isWanted && holdsMoreValues(bytes, bounds.values, chance)) return { kind: 'too_large', what: 'values', most: bounds.values };
  makeRoom(bytes.byteLength);
  return { kind: 'answered', status, headers, text: decode(bytes), sentAt, receivedAt };
}

async function readBytes({ signal, deadline }: Way, response: Response, maxBytes: number, isWanted: boolean): Promise<Body> {
  const alone = async <T>(rest: () => Promise<T>): Promise<T> => {
    deadline.hold();
    return await readAlone(() => {
      deadline.go();
      return rest();
    }, signal);
  };
  try {
    return await readBody(response, { maxBytes, signal, alone });
  } catch (error) {
    // The status of an error answer says enough, even where its words do not arrive.
    if (isWanted) throw new BrokenOff({ cause: error });
    return { bytes: new Uint8Array(), isWhole: false };
  }
}

/** One decode of all bytes: a streaming decoder takes three times as long. Their memory is given back at once, before the text is parsed. */
function decode(bytes: Uint8Array<ArrayBuffer>): string {
  const text = new TextDecoder().decode(bytes);
  bytes.buffer.transfer(0);
  return text;
}

/** An answer that did not come, or not whole. */
class BrokenOff extends Error {
  override readonly name = 'BrokenOff';

  constructor(options: ErrorOptions) {
    super('the answer broke off', options);
  }
}
