import { Writable } from 'node:stream';
import { pino } from 'pino';
import { createApi, type ApiOptions, type CountedApi } from '../../../src/extract/create-api.ts';
import { DEFAULT_REQUESTS, type RequestLimits } from '../../../src/model/connection.ts';
import type { Connector } from '../../../src/model/connector.ts';
import { RunledgerError, SourceError } from '../../../src/model/errors.ts';
import { instantFromMillis } from '../../../src/model/instant.ts';

export const KEY = 'sk-very-secret-0123';

export const connector: Connector = {
  name: 'acme',
  title: 'Acme',
  defaultBaseUrl: null,
  environment: { apiKey: 'ACME_API_KEY', baseUrl: 'ACME_BASE_URL' },
  headers: (apiKey) => ({ 'X-API-Key': apiKey }),
  requestIdHeaders: ['x-request-id', 'x-acme-request-id'],
  errorText: (body) => (typeof body === 'object' && body !== null && 'detail' in body ? String(body.detail) : null),
  probe: { request: { method: 'GET', path: '/v1/runs' }, accountIdOf: () => null },
  streams: {},
};

export interface TestApi extends CountedApi {
  readonly lines: readonly Record<string, unknown>[];
  readonly controller: AbortController;
}

/** An API client without a rate, whose backoff is milliseconds; what it logs is kept. */
export function apiTo(
  baseUrl: string,
  options: Partial<Omit<ApiOptions, 'connection'>> & { limits?: Partial<RequestLimits>; allowHttp?: boolean; apiKey?: string } = {},
): TestApi {
  const { limits, allowHttp = false, apiKey = KEY, ...rest } = options;
  const lines: Record<string, unknown>[] = [];
  const controller = new AbortController();
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      lines.push(JSON.parse(chunk.toString()) as Record<string, unknown>);
      done();
    },
  });
  const requests = { ...DEFAULT_REQUESTS, perSecond: Infinity, timeoutMs: 5_000, ...limits };
  const api = createApi({
    connection: { name: 'acme-main', connector, baseUrl, apiKey, requests, allowHttp },
    now: () => instantFromMillis(Date.now()),
    log: pino({ level: 'debug' }, sink),
    signal: controller.signal,
    backoff: { baseMs: 2, capMs: 10 },
    ...rest,
  });
  return Object.assign(api, { lines, controller });
}

/** The error that a promise ends with, which must be one of ours. */
export async function errorOf(promise: Promise<unknown>): Promise<RunledgerError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof RunledgerError) return error;
  throw new Error('expected a RunledgerError', { cause: error });
}

export async function sourceErrorOf(promise: Promise<unknown>): Promise<SourceError> {
  const error = await errorOf(promise);
  if (error instanceof SourceError) return error;
  throw new Error('expected a SourceError', { cause: error });
}
