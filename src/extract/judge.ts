import type { ApiAnswer } from '../model/connector.ts';
import type { SourceError } from '../model/errors.ts';
import { withoutSecretInJson } from '../model/without-secret.ts';
import type { Asked } from './asked.ts';
import { evidenceOf } from './evidence.ts';
import { isCertificateError, notJsonError, redirectError, timeoutError, tooLargeError, unreachableError } from './failure-errors.ts';
import { retryAfterMs } from './http-date.ts';
import { beginsLikeJson, parseJson } from './parse-json.ts';
import type { Answered, Outcome } from './send-once.ts';
import { isWorthAnotherTry, statusError } from './status-error.ts';

/** What one try means: an answer, or a failure and whether another try may mend it. */
export type Verdict = Answer | Failure;

export interface Answer {
  readonly kind: 'answer';
  readonly answer: ApiAnswer;
}

export interface Failure {
  readonly kind: 'failure';
  /** HTTP status where that is what failed */
  readonly status: number | null;
  /** How many more tries this kind of failure is worth, however many are left. */
  readonly mostRetries: number;
  /** The source limits our rate: the whole connection waits, not this request alone. */
  readonly isForAll: boolean;
  /** the wait that the source asks for */
  readonly retryAfterMs: number | null;
  /** @param tries how often it was asked */
  readonly error: (tries: number) => SourceError;
}

export function judge(
  asked: Asked,
  outcome: Outcome,
  context: { readonly accept: readonly number[]; readonly nowMillis: number },
): Verdict {
  switch (outcome.kind) {
    case 'answered':
      return judgeAnswer(asked, outcome, context);
    case 'unreachable':
      return failure(isCertificateError(outcome.cause) ? 0 : Infinity, (tries) => unreachableError(asked, outcome.cause, tries));
    case 'timed_out':
      // Once more, for a connection that hangs. A server that is too slow for the limit would be kept busy for nothing.
      return failure(1, (tries) => timeoutError(asked, tries));
    case 'too_large':
      return failure(0, () => tooLargeError(asked, outcome));
    case 'redirected':
      return failure(0, () => redirectError(asked, outcome));
  }
}

function judgeAnswer(asked: Asked, answered: Answered, context: { accept: readonly number[]; nowMillis: number }): Verdict {
  const isSuccess = answered.status >= 200 && answered.status < 300;
  if (isSuccess || context.accept.includes(answered.status)) {
    const body = readJson(withoutSecretInJson(answered.text, asked.connection.apiKey));
    if (body.ok) return { kind: 'answer', answer: { body: body.value, response: evidence(asked, answered) } };
    if (isSuccess) {
      // What begins like JSON was JSON on its way: a connection cut behind a proxy looks like a whole answer.
      return failure(beginsLikeJson(answered.text) ? Infinity : 0, (tries) => notJsonError(asked, answered, tries));
    }
    // An accepted status speaks only as the API's own words: a 404 page of a proxy says nothing about a record.
  }
  const wait = retryAfterMs(answered.headers, context.nowMillis);
  const error = (tries: number): SourceError => statusError(asked, answered, tries, wait);
  if (!isWorthAnotherTry(answered.status)) return failure(0, error);
  return { ...failure(Infinity, error), status: answered.status, isForAll: answered.status === 429 || wait !== null, retryAfterMs: wait };
}

function failure(mostRetries: number, error: (tries: number) => SourceError): Failure {
  return { kind: 'failure', status: null, mostRetries, isForAll: false, retryAfterMs: null, error };
}

function evidence(asked: Asked, answered: Answered): ApiAnswer['response'] {
  const { connector, apiKey } = asked.connection;
  return evidenceOf(answered, { method: asked.method, path: asked.path, requestIdHeaders: connector.requestIdHeaders, secret: apiKey });
}

function readJson(text: string): { readonly ok: true; readonly value: unknown } | { readonly ok: false } {
  try {
    return { ok: true, value: parseJson(text) };
  } catch {
    return { ok: false };
  }
}
