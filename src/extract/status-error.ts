import type { ErrorCode, SourceError } from '../model/errors.ts';
import { withoutSecret } from '../model/without-secret.ts';
import { quote, requestError, type Asked } from './asked.ts';
import { parseJson } from './parse-json.ts';
import type { Answered } from './send-once.ts';

/** Statuses that another try can change. All other 4xx are final: asking again would get the same answer. */
export function isWorthAnotherTry(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

/**
 * What an answer's status says went wrong, with the source's own words for it.
 *
 * @param tries how often it was asked
 */
export function statusError(asked: Asked, answered: Answered, tries: number, retryAfterMs: number | null): SourceError {
  const { code, hint } = meaningOf(asked, answered.status);
  const words = wordsOf(asked, answered);
  const found = `answered ${answered.status}${words === null ? '' : `: ${words}`}${tries > 1 ? `, asked ${tries} times` : ''}`;
  return requestError(asked, code, found, { status: answered.status, hint, ...(retryAfterMs === null ? {} : { retryAfterMs }) });
}

function meaningOf(asked: Asked, status: number): { readonly code: ErrorCode; readonly hint: string } {
  const { name, connector } = asked.connection;
  const key = `api_key of connection ${name} (${connector.environment.apiKey})`;
  if (status === 401) {
    return { code: 'source_unauthorized', hint: `Check the ${key}, and that ${asked.baseUrl} is the server that the key was made for.` };
  }
  if (status === 403) {
    return {
      code: 'source_forbidden',
      hint: `The server knows the ${key} but does not let it read this: use one with the right to read it.`,
    };
  }
  if (status === 404 || status === 405 || status === 410) {
    return {
      code: 'source_not_found',
      hint: `Check base_url of connection ${name}: this server has nothing there. It may be an older ${connector.title}.`,
    };
  }
  if (status === 429) {
    return {
      code: 'source_rate_limited',
      hint: `Lower requests.per_second or requests.concurrency of connection ${name}, or sync less often.`,
    };
  }
  if (isWorthAnotherTry(status)) {
    return {
      code: 'source_unavailable',
      hint: `The server is in trouble: the next sync goes on from here. If it stays, ask whoever runs ${connector.title}.`,
    };
  }
  return {
    code: 'source_bad_request',
    hint: 'The server refuses the request itself: its version may differ from those that runledger knows.',
  };
}

const LONGEST_UNREADABLE = 80;

/** The key is taken out before the JSON is read: an echo of it can be cut in the middle later on. */
function wordsOf(asked: Asked, answered: Answered): string | null {
  const text = withoutSecret(answered.text, asked.connection.apiKey);
  try {
    const words = asked.connection.connector.errorText(parseJson(text));
    if (words !== null) return quote(asked, words);
  } catch {
    // No JSON: its beginning is shown as it is.
  }
  return text.trim() === '' ? null : quote(asked, text, LONGEST_UNREADABLE);
}
