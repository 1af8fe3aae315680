import type { CannedAnswer, SourceAnswer, SourceRequest } from '../source-server.ts';
import type { Asked } from './knowledge-stack-source.ts';

/** Of the codes that generation 2 has, those that are answered here. */
export type ErrorCode = 'unauthorized' | 'not_found' | 'conflict' | 'error' | 'unprocessable_entity' | 'too_many_requests';

/** The codes came with the tenant-wide list: what has no such list has only `detail`. */
export function refuse(
  { generation, request }: Pick<Asked, 'generation' | 'request'>,
  status: number,
  code: ErrorCode,
  detail: unknown,
): SourceAnswer {
  return generation === 2
    ? { status, headers: { 'x-request-id': requestId(request) }, body: { detail, code, request_id: requestId(request) } }
    : { status, body: { detail } };
}

export function notFound(asked: Asked): SourceAnswer {
  return refuse(asked, 404, 'not_found', 'Not found');
}

export interface Problem {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

export function unprocessable(asked: Asked, problems: readonly Problem[]): SourceAnswer {
  return refuse(asked, 422, 'unprocessable_entity', problems);
}

/**
 * For `intercept`: generation 2's answer to too many requests.
 *
 * @param retryAfter seconds, or a date as HTTP writes it
 */
export function tooManyRequests(request: SourceRequest, retryAfter: number | string): CannedAnswer {
  const answer = refuse({ generation: 2, request }, 429, 'too_many_requests', 'Too many requests');
  return { ...answer, headers: { ...answer.headers, 'retry-after': String(retryAfter) } };
}

function requestId(request: SourceRequest): string {
  return `request-${request.number}`;
}
