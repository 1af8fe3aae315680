import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Instant } from '../model/instant.ts';
import { bodyText, sendAnswer } from './send-answer.ts';

/** A request as a simulated source system sees it. */
export interface SourceRequest {
  /** 1, 2, … in order of arrival */
  readonly number: number;
  readonly method: string;
  /** still URL-encoded, without the query */
  readonly path: string;
  readonly query: URLSearchParams;
  /** names in lower case */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SourceAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON to be written, or a text or bytes to be sent word for word. */
  readonly body: unknown;
  /**
   * What goes wrong on the way. `cut_short`: half the body comes, then the connection breaks. `endless`: the body comes again and again.
   * `silent`: no answer ever comes. `refused`: the connection breaks at once.
   */
  readonly fault?: 'cut_short' | 'endless' | 'silent' | 'refused';
}

/** An answer of which only what matters is given: status 200, no header, no body. */
export type CannedAnswer = Partial<SourceAnswer>;

export interface RequestRecord {
  readonly number: number;
  readonly method: string;
  readonly path: string;
  /** as it stood behind the question mark, without it */
  readonly query: string;
  /** When it arrived, by the server's clock. */
  readonly at: Instant;
  /** Of the moment whose state the answer shows; null while there is none. */
  readonly answeredAt: Instant | null;
  /** null while there is none */
  readonly status: number | null;
}

/** What a user of a simulated source system can put between request and answer. All of it in this order. */
export interface ServerHooks {
  /** Lets the world move before, and between, requests. */
  readonly beforeRequest?: (request: SourceRequest) => void | Promise<void>;
  /** Lets time pass: `before` the state is read that the answer shows, and `after` it, on the answer's way back. */
  readonly latency?: (moment: { readonly phase: 'before' | 'after'; readonly request: SourceRequest }) => void | Promise<void>;
  /** Gives another answer than the honest one, which is what `honest()` gives; null for that one. */
  readonly intercept?: (
    request: SourceRequest,
    honest: () => SourceAnswer,
  ) => CannedAnswer | null | undefined | Promise<CannedAnswer | null | undefined>;
}

export interface SourceServer {
  /** `http://127.0.0.1:port`, without a slash at the end */
  readonly url: string;
  /** Every request that came, in order of arrival. */
  readonly requests: readonly RequestRecord[];
  /** Breaks what connections there are. */
  close(): Promise<void>;
}

export interface ServerOptions extends ServerHooks {
  /** The honest answer, of one moment: it must not wait for anything. */
  readonly answer: (request: SourceRequest) => SourceAnswer;
  /** The server's clock, for its Date header and its record of requests. */
  readonly now: () => Instant;
}

/** Serves on a free port of 127.0.0.1. */
export async function startSourceServer(options: ServerOptions): Promise<SourceServer> {
  const requests: RequestRecord[] = [];
  const server = createServer((incoming, response) => {
    answerTo(incoming, response, requests, options).catch((error: unknown) => {
      // A hook that throws is a fault of the test that gave it: told in the answer, because nobody else would hear of it.
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      if (!response.headersSent) sendAnswer(response, { status: 500, body: { detail: `The simulator failed: ${text}` } });
      else response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function answerTo(
  incoming: IncomingMessage,
  response: ServerResponse,
  requests: RequestRecord[],
  options: ServerOptions,
): Promise<void> {
  const index = requests.length;
  const [path = '', ...rest] = (incoming.url ?? '').split('?');
  const query = rest.join('?');
  const method = incoming.method ?? 'GET';
  let record: RequestRecord = { number: index + 1, method, path, query, at: options.now(), answeredAt: null, status: null };
  requests.push(record);
  const request: SourceRequest = {
    number: index + 1,
    method,
    path,
    query: new URLSearchParams(query),
    headers: plainHeaders(incoming),
    body: await readBody(incoming),
  };

  await options.beforeRequest?.(request);
  await options.latency?.({ phase: 'before', request });
  const canned = await options.intercept?.(request, () => options.answer(request));
  const answer = canned == null ? options.answer(request) : { status: 200, body: '', ...canned };
  const answeredAt = options.now();
  record = { ...record, answeredAt, status: answer.status };
  requests[index] = record;
  const headers = { date: httpDate(answeredAt), 'x-request-id': `request-${index + 1}`, ...answer.headers };
  const text = bodyText(answer.body);
  await options.latency?.({ phase: 'after', request });
  sendAnswer(response, { ...answer, headers, body: text });
}

function httpDate(instant: Instant): string {
  return new Date(instant).toUTCString();
}

function plainHeaders(incoming: IncomingMessage): Record<string, string> {
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]);
  return Object.fromEntries(headers) as Record<string, string>;
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
