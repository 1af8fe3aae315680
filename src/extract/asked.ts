import type { ConnectionSettings } from '../model/connection.ts';
import { SourceError, type ErrorCode } from '../model/errors.ts';
import { withoutSecret } from '../model/without-secret.ts';
import { safeText } from './safe-text.ts';

/** Who asked whom for what: every error of a request says it. */
export interface Asked {
  readonly connection: Pick<ConnectionSettings, 'name' | 'connector' | 'apiKey' | 'requests'>;
  readonly baseUrl: string;
  readonly method: string;
  readonly path: string;
}

export interface ErrorDetails {
  readonly status?: number;
  readonly retryAfterMs?: number;
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * An error of a request: `noxus-main: GET https://host/v1/runs answered 401: "Invalid key".` The key is in no part of it.
 *
 * @param found what came of it, after the request's name
 */
export function requestError(asked: Asked, code: ErrorCode, found: string, details: ErrorDetails = {}): SourceError {
  const { hint, ...rest } = details;
  const withoutKey = (text: string): string => withoutSecret(text, asked.connection.apiKey);
  const message = withoutKey(`${asked.connection.name}: ${asked.method} ${asked.baseUrl}${asked.path} ${found}.`);
  return new SourceError(code, message, { ...rest, ...(hint === undefined ? {} : { hint: withoutKey(hint) }) });
}

const LONGEST_QUOTE = 300;

/** Words that are not ours, as a message can carry them. */
export function quote(asked: Asked, text: string, maxLength = LONGEST_QUOTE): string {
  return `"${cleanText(asked, text, maxLength)}"`;
}

export function cleanText(asked: Asked, text: string, maxLength = LONGEST_QUOTE): string {
  return safeText(text, asked.connection.apiKey, maxLength);
}
