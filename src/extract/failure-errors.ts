import type { SourceError } from '../model/errors.ts';
import { BYTES_A_VALUE } from './answer-bounds.ts';
import { cleanText, quote, requestError, type Asked } from './asked.ts';
import { beginsLikeJson } from './parse-json.ts';
import type { Answered, Outcome } from './send-once.ts';

const LONGEST_BEGINNING = 80;

/** A success that is no JSON: a web page, nothing at all, or JSON that broke off. */
export function notJsonError(asked: Asked, answered: Answered, tries: number): SourceError {
  const { status, headers, text } = answered;
  const hint = `Check base_url of connection ${asked.connection.name}: it may lead to a web page or a login instead of the API.`;
  if (text.trim() === '') return requestError(asked, 'source_not_json', `answered ${status} with an empty body`, { status, hint });
  if (beginsLikeJson(text)) {
    return requestError(
      asked,
      'source_not_json',
      `answered JSON that breaks off or is broken, ${text.length} characters, ${timesAsked(tries)}`,
      {
        status,
        hint: 'A server or proxy on the way cuts answers short: the next sync asks again.',
      },
    );
  }
  const type = headers.get('content-type');
  const found = `answered ${type === null ? 'no content type' : quote(asked, type)} instead of JSON, beginning ${quote(asked, text, LONGEST_BEGINNING)}`;
  return requestError(asked, 'source_not_json', found, { status, hint });
}

export function tooLargeError(asked: Asked, { what, most }: Outcome & { kind: 'too_large' }): SourceError {
  const { name } = asked.connection;
  const found =
    what === 'bytes'
      ? `answered more than ${most} bytes, and was not read further`
      : `answered JSON of more than ${most} values, and was not parsed`;
  const allowed = what === 'bytes' ? '' : `, which allows a value for every ${BYTES_A_VALUE} bytes`;
  return requestError(asked, 'source_too_large', found, {
    hint: `Check that base_url of connection ${name} is the API. If its pages are so large, raise requests.max_bytes of ${name}${allowed}: README tells how much memory that takes.`,
  });
}

export function timeoutError(asked: Asked, tries: number): SourceError {
  const { name, requests } = asked.connection;
  return requestError(asked, 'source_timeout', `gave no whole answer within ${requests.timeoutMs / 1000} s, ${timesAsked(tries)}`, {
    hint: `Raise requests.timeout of connection ${name} if the server is just slow.`,
  });
}

/** @param status of the answer that asked to wait; null where an earlier one did, and this request was not sent */
export function rateLimitedError(asked: Asked, waitMs: number, status: number | null): SourceError {
  const { name, requests } = asked.connection;
  const wait = `${Math.ceil(waitMs / 1000)} s, longer than requests.max_wait (${requests.maxWaitMs / 1000} s)`;
  const found = status === null ? `was not sent: the server asked to wait another ${wait}` : `answered ${status} and asked to wait ${wait}`;
  return requestError(asked, 'source_rate_limited', found, {
    ...(status === null ? {} : { status }),
    retryAfterMs: Math.ceil(waitMs),
    hint: `Sync again after that time, or raise requests.max_wait of connection ${name}.`,
  });
}

export function redirectError(asked: Asked, outcome: Outcome & { kind: 'redirected' }): SourceError {
  // Without its query: login redirects carry tokens there.
  const place = outcome.location === null ? 'nowhere' : quote(asked, `${outcome.location.origin}${outcome.location.pathname}`);
  return requestError(
    asked,
    'source_redirect',
    `answered ${outcome.status}, a redirect to ${place}, not followed because ${outcome.reason}`,
    {
      status: outcome.status,
      hint: `Set base_url of connection ${asked.connection.name} to the API's final address.`,
    },
  );
}

export function unreachableError(asked: Asked, cause: unknown, tries: number): SourceError {
  const why = cleanText(asked, [...new Set(reasons(cause))].join(': ')) || 'it ended without a reason';
  const hint = isCertificateError(cause)
    ? 'The server’s certificate is not trusted: if an own authority signed it, name its file in NODE_EXTRA_CA_CERTS.'
    : `Check base_url of connection ${asked.connection.name}, the network and the proxy.`;
  // The error itself is not passed on: that of a broken answer holds the bytes that came, and a server may echo the key in them.
  const found = `could not be asked, or the answer broke off (${why}), ${timesAsked(tries)}`;
  return requestError(asked, 'source_unreachable', found, { hint, cause: new Error(why) });
}

function timesAsked(tries: number): string {
  return tries === 1 ? 'asked once' : `asked ${tries} times`;
}

/** An error's code and words, and those of its causes: undici's outermost say only that it failed. */
function* reasons(error: unknown): Generator<string> {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.message !== 'fetch failed' && at.message !== 'terminated' && at.message !== '') yield at.message;
    if ('code' in at && typeof at.code === 'string' && !at.message.includes(at.code)) yield at.code;
  }
}

/** Of these no further try will think better. */
export function isCertificateError(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ERR_TLS_CERT/.test(at.code)) return true;
  }
  return false;
}
