import { createServer, request as askUpstream, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RetryAfter, SourceFault, SourceFaultKind } from './source-faults.ts';

export type FaultCounts<K extends string> = Record<K, number>;

/** A way to a source system on which things go wrong. */
export interface SourceProxy {
  /** `http://127.0.0.1:port`, without a slash at the end */
  readonly url: string;
  /** Requests so far, by what they met. */
  readonly counts: Readonly<FaultCounts<SourceFaultKind>>;
  readonly close: () => Promise<void>;
}

export interface SourceProxyOptions {
  /** The source system, without a slash at the end. */
  readonly target: string;
  /** What the next request meets. */
  readonly nextFault: (path: string) => SourceFault;
  /** The source's clock, for the answers that are made up here, in milliseconds since 1970. */
  readonly nowMs?: () => number;
}

export async function startSourceProxy({ target, nextFault, nowMs = Date.now }: SourceProxyOptions): Promise<SourceProxy> {
  const counts: FaultCounts<SourceFaultKind> = { none: 0, delay: 0, duplicate: 0, refused: 0, cut: 0, truncate: 0, stall: 0 };
  const server = createServer((incoming, response) => {
    const fault = nextFault(incoming.url ?? '');
    counts[fault.kind] += 1;
    // The source has gone, or whoever asked: there is nobody left to tell.
    meet(fault, incoming, response, target, nowMs).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function meet(
  fault: SourceFault,
  incoming: IncomingMessage,
  response: ServerResponse,
  target: string,
  nowMs: () => number,
): Promise<void> {
  const question = await readQuestion(incoming, target);
  switch (fault.kind) {
    case 'none':
      give(response, await ask(question));
      return;
    case 'delay':
      await sleep(fault.ms / 2);
      give(response, await ask(question).then((answer) => sleep(fault.ms / 2, answer)));
      return;
    case 'duplicate':
      await ask(question);
      give(response, await ask(question));
      return;
    case 'refused':
      refuse(response, fault.status, fault.retryAfter, nowMs());
      return;
    case 'cut':
      giveUntil(response, await ask(question), fault.at);
      return;
    case 'truncate': {
      const answer = await ask(question);
      give(response, { ...answer, body: answer.body.subarray(0, fault.at) });
      return;
    }
    case 'stall':
      // What was asked has been done all the same, as far as the source is concerned.
      await ask(question);
      await sleep(fault.ms);
      response.destroy();
  }
}

interface Question {
  readonly url: string;
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

async function readQuestion(incoming: IncomingMessage, target: string): Promise<Question> {
  const { url = '', method = 'GET', headers } = incoming;
  return { url: `${target}${url}`, method, headers, body: await readAll(incoming) };
}

function ask({ url, method, headers, body }: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    // A connection of its own each time: what breaks here must not break what comes after.
    const asked = askUpstream(url, { method, headers: { ...headers, connection: 'close' }, agent: false }, (answered) => {
      readAll(answered).then((whole) => {
        resolve({ status: answered.statusCode ?? 502, headers: answered.headers, body: whole });
      }, reject);
    });
    asked.on('error', reject).end(body);
  });
}

function give(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, ownHeaders(headers, body.length)).end(body);
}

function giveUntil(response: ServerResponse, { status, headers, body }: Answer, at: number): void {
  response.writeHead(status, ownHeaders(headers, body.length));
  // Not before they are on their way: a connection that is destroyed takes along what is still to be written.
  response.write(body.subarray(0, Math.min(at, body.length - 1)), () => response.destroy());
}

function refuse(response: ServerResponse, status: number, retryAfter: RetryAfter | null, nowMs: number): void {
  const body = Buffer.from(JSON.stringify({ detail: 'not now' }));
  response
    .writeHead(status, {
      date: new Date(nowMs).toUTCString(),
      'content-type': 'application/json',
      'content-length': body.length,
      ...(retryAfter !== null && { 'retry-after': retryAfterText(retryAfter, nowMs) }),
    })
    .end(body);
}

function retryAfterText({ form, seconds }: RetryAfter, nowMs: number): string {
  return form === 'seconds' ? String(seconds) : new Date(nowMs + seconds * 1_000).toUTCString();
}

function ownHeaders(headers: IncomingHttpHeaders, length: number): Record<string, string | string[] | number> {
  const kept = Object.entries(headers).filter(([name, value]) => value !== undefined && !HOP_BY_HOP.has(name));
  return { ...(Object.fromEntries(kept) as Record<string, string | string[]>), 'content-length': length };
}

const HOP_BY_HOP: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
