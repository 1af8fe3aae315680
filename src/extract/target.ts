import type { ApiRequest } from '../model/connector.ts';
import { RunledgerError } from '../model/errors.ts';

/** Where one request goes, and its name in evidence and messages. */
export interface Target {
  readonly url: URL;
  /** Path and query below the base URL, long values cut: what evidence and messages show. They hold no secret, headers do. */
  readonly path: string;
}

/** A list of ids in a query can have thousands of characters. */
const LONGEST_PATH = 500;

/**
 * @param baseUrl as `checkBaseUrl` gives it
 * @throws RunledgerError bad_argument where the URL standard would take the path for another one, as it does with an id `..`
 */
export function targetOf(baseUrl: string, request: ApiRequest): Target {
  const query = queryOf(request.query ?? {});
  const url = new URL(`${baseUrl}${request.path}`);
  if (`${url.origin}${url.pathname}` !== `${baseUrl}${request.path}`) {
    throw new RunledgerError('bad_argument', `${JSON.stringify(request.path)} cannot be asked for: as a URL it means ${url.pathname}`, {
      hint: 'An id in it has characters that stand for something else in a URL, such as "..".',
    });
  }
  url.search = query;
  const path = query === '' ? request.path : `${request.path}?${decodeCommas(query)}`;
  return { url, path: path.length > LONGEST_PATH ? `${path.slice(0, LONGEST_PATH)}…` : path };
}

function queryOf(parameters: NonNullable<ApiRequest['query']>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) query.append(name, String(value));
  return query.toString();
}

/** A comma needs no code in a query; `a,b,c` reads better as evidence than `a%2Cb%2Cc`. */
function decodeCommas(query: string): string {
  return query.replaceAll('%2C', ',');
}
