import type { Logger } from 'pino';
import type { ConnectionSettings } from '../model/connection.ts';
import type { Api, ApiAnswer, ApiRequest, ReadOptions } from '../model/connector.ts';
import { RunledgerError } from '../model/errors.ts';
import { microsOf, type Instant } from '../model/instant.ts';
import { answerBounds } from './answer-bounds.ts';
import type { Asked } from './asked.ts';
import { backoffMs, DEFAULT_BACKOFF, type Backoff } from './backoff.ts';
import { checkBaseUrl } from './check-base-url.ts';
import { abortedError, SYSTEM_CLOCK, type Clock } from './clock.ts';
import { countWaits } from './count-waits.ts';
import { rateLimitedError } from './failure-errors.ts';
import { judge, type Answer, type Failure } from './judge.ts';
import { linkSignals } from './linked-signal.ts';
import { createRequestQueue, type RequestQueue } from './request-queue.ts';
import { sendOnce } from './send-once.ts';
import { targetOf, type Target } from './target.ts';

/** The way to one account for one stream: its streams share the queue, each counts its own requests. */
export interface CountedApi extends Api {
  /** What was sent so far, while it runs too. `requests` counts every try, `retries` those after a request's first. */
  readonly counts: { readonly requests: number; readonly retries: number };
  /** What came in so far. */
  readonly received: { readonly characters: number };
}

export interface ApiOptions {
  readonly connection: Pick<ConnectionSettings, 'name' | 'connector' | 'baseUrl' | 'apiKey' | 'requests' | 'allowHttp'>;
  /** The connection's; left out: one of its own. */
  readonly queue?: RequestQueue;
  /** Our clock, for evidence. */
  readonly now: () => Instant;
  readonly log: Logger;
  /** Ends every wait and every request with RunledgerError aborted. */
  readonly signal: AbortSignal;
  /** Told until when a rate limit is waited for, and null when no request waits for one any more. */
  readonly onWait?: (until: Instant | null) => void;
  readonly fetch?: typeof globalThis.fetch;
  readonly backoff?: Partial<Backoff>;
  readonly clock?: Clock;
  /** From 0 to 1, for the jitter of waits. */
  readonly chance?: () => number;
}

/** @throws RunledgerError bad_settings for a base URL or a key that cannot be used */
export function createApi(options: ApiOptions): CountedApi {
  const { connection, log, chance = Math.random } = options;
  const baseUrl = usableBaseUrl(connection);
  const headers = usableHeaders(connection);
  const clock = options.clock ?? SYSTEM_CLOCK;
  const queue = options.queue ?? createRequestQueue({ limits: connection.requests, clock });
  const backoff = { ...DEFAULT_BACKOFF, ...options.backoff };
  const counts = { requests: 0, retries: 0 };
  const received = { characters: 0 };
  const beginWait = countWaits(options);

  const read = async (request: ApiRequest, { signal, mostBytes }: Try): Promise<ApiAnswer> => {
    const target = targetOf(baseUrl, request);
    const asked: Asked = { connection, baseUrl, method: request.method, path: target.path };
    for (let retry = 0; ; retry += 1) {
      const tellWait = beginWait();
      const onPause = (remainingMs: number | null): void => {
        if (remainingMs !== null && remainingMs > connection.requests.maxWaitMs) throw rateLimitedError(asked, remainingMs, null);
        tellWait(remainingMs);
      };
      const verdict = await queue.run(() => ask(asked, request, target, { retry, signal, mostBytes }), { signal, onPause });
      if (verdict.kind === 'answer') return verdict.answer;
      await prepareRetry(asked, verdict, retry, signal);
    }
  };

  const ask = async (
    asked: Asked,
    request: ApiRequest,
    { url }: Target,
    { retry, signal, mostBytes }: Try & { readonly retry: number },
  ): Promise<Answer | Delayed> => {
    counts.requests += 1;
    if (retry > 0) counts.retries += 1;
    const { timeoutMs, maxBytes, maxWaitMs } = connection.requests;
    const [accept, startedMs] = [request.accept ?? [], clock.elapsedMs()];
    const outcome = await sendOnce({
      method: request.method,
      url,
      baseUrl,
      headers,
      body: request.body ?? null,
      timeoutMs,
      bounds: answerBounds(Math.min(maxBytes, mostBytes)),
      accept,
      fetch: options.fetch ?? null,
      now: options.now,
      chance,
      signal,
    });
    const verdict = judge(asked, outcome, { accept, nowMillis: Number(microsOf(options.now()) / 1000n) });
    if (outcome.kind === 'answered') received.characters += outcome.text.length;
    if (verdict.kind === 'answer') {
      const ms = Math.round(clock.elapsedMs() - startedMs);
      log.debug({ ...named(asked), status: verdict.answer.response.status, ms }, 'request answered');
      return verdict;
    }
    const waitMs = Math.max(verdict.retryAfterMs ?? 0, Math.min(maxWaitMs, backoffMs(backoff, retry, chance())));
    // Before this one's place is free: the next in line must already see the pause. Also after the last try: what the source asks for
    // holds for the connection's other requests.
    if (verdict.isForAll) queue.pause(waitMs);
    return { ...verdict, waitMs };
  };

  /** @throws the failure's error where it is not tried again */
  const prepareRetry = async (asked: Asked, failure: Delayed, retry: number, signal: AbortSignal): Promise<void> => {
    const { waitMs, status } = failure;
    if (waitMs > connection.requests.maxWaitMs) throw rateLimitedError(asked, waitMs, status);
    const error = failure.error(retry + 1);
    if (retry >= Math.min(backoff.retries, failure.mostRetries)) throw error;
    log.warn({ ...named(asked), code: error.code, retry: retry + 1, wait_ms: Math.round(waitMs) }, 'request is tried again');
    if (failure.isForAll) return;
    try {
      await clock.sleep(waitMs, signal);
    } catch (cause) {
      throw signal.aborted ? abortedError('waiting to try a request again', cause) : cause;
    }
  };

  return {
    counts,
    received,
    limits: connection.requests,
    read: async (request, { signal, mostBytes = Infinity }: ReadOptions = {}) => {
      const link = linkSignals(signal === undefined ? [options.signal] : [options.signal, signal]);
      try {
        if (link.signal.aborted) throw abortedError('asking a source system', link.signal.reason);
        return await read(request, { signal: link.signal, mostBytes });
      } finally {
        link.release();
      }
    },
  };
}

function usableBaseUrl({ name, baseUrl, allowHttp }: ApiOptions['connection']): string {
  const checked = checkBaseUrl(baseUrl, allowHttp);
  if (checked.ok) return checked.baseUrl;
  throw new RunledgerError('bad_settings', `base_url of connection ${name} ${checked.reason}`);
}

function usableHeaders({ name, connector, apiKey }: ApiOptions['connection']): Readonly<Record<string, string>> {
  const headers = { accept: 'application/json', 'user-agent': 'runledger', ...connector.headers(apiKey) };
  try {
    new Headers(headers);
  } catch {
    // Without the cause: its message quotes the key.
    throw new RunledgerError('bad_settings', `api_key of connection ${name} has characters that no HTTP header can carry`, {
      hint: `Check ${connector.environment.apiKey} for a line break, a quotation mark or letters that are not ASCII.`,
    });
  }
  return headers;
}

function named(asked: Asked): { connection: string; method: string; path: string } {
  return { connection: asked.connection.name, method: asked.method, path: asked.path };
}

interface Try {
  readonly signal: AbortSignal;
  readonly mostBytes: number;
}

/** A failure with the wait before the next try. */
type Delayed = Failure & { readonly waitMs: number };
