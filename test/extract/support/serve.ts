import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

export interface Received {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** milliseconds, of the clock that only passes */
  readonly atMs: number;
}

export interface Served {
  readonly url: string;
  readonly received: readonly Received[];
  readonly mostAtOnce: () => number;
}

/** A real server on loopback, gone when the test is. The handler may keep the answer open, cut it or never give one. */
export async function serve(
  handler: (request: Received, response: ServerResponse, number: number) => void | Promise<void>,
): Promise<Served> {
  const received: Received[] = [];
  let atOnce = 0;
  let mostAtOnce = 0;
  const server = createServer((request, response) => {
    atOnce += 1;
    mostAtOnce = Math.max(mostAtOnce, atOnce);
    response.on('close', () => {
      atOnce -= 1;
    });
    void readAll(request).then(async (body) => {
      const url = new URL(request.url ?? '/', 'http://server');
      const one = { method: request.method ?? '', url, headers: request.headers, body, atMs: performance.now() };
      received.push(one);
      await handler(one, response, received.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received, mostAtOnce: () => mostAtOnce };
}

export function sendJson(response: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
