import type { ServerResponse } from 'node:http';
import type { SourceAnswer } from './source-server.ts';

/** Writes an answer to its connection, with what goes wrong on the way. */
export function sendAnswer(response: ServerResponse, answer: SourceAnswer): void {
  const body = bodyText(answer.body);
  if (answer.fault === 'silent') return;
  if (answer.fault === 'refused') {
    response.destroy();
    return;
  }
  const type = typeof answer.body === 'string' && !/^\s*[[{"]/.test(answer.body) ? 'text/html; charset=utf-8' : 'application/json';
  const headers: Record<string, string> = { 'content-type': type, ...answer.headers };
  if (answer.fault === 'endless') {
    response.writeHead(answer.status, headers);
    void sendForEver(response, body.length === 0 ? ' ' : body);
    return;
  }
  response.writeHead(answer.status, { 'content-length': String(Buffer.byteLength(body)), ...headers });
  if (answer.fault === undefined) {
    response.end(body);
    return;
  }
  response.write(Buffer.from(body).subarray(0, Math.floor(Buffer.byteLength(body) / 2)), () => response.destroy());
}

async function sendForEver(response: ServerResponse, body: string | Buffer): Promise<void> {
  while (!response.destroyed) {
    const hasRoom = response.write(body);
    await new Promise((resolve) => (hasRoom ? setImmediate(resolve) : response.once('drain', resolve).once('close', resolve)));
  }
}

export function bodyText(body: unknown): string | Buffer {
  if (typeof body === 'string' || Buffer.isBuffer(body)) return body;
  return body === undefined ? '' : JSON.stringify(body);
}
