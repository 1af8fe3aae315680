import type { SourceAnswer } from '../source-server.ts';
import type { Problem } from './answers.ts';
import { unprocessable } from './answers.ts';
import type { Asked } from './knowledge-stack-source.ts';

export interface Callback {
  readonly state: 'succeeded' | 'failed';
  /** null where none is given */
  readonly error: string | null;
}

/** What a runner reports in the body of its request. */
export function readCallback(asked: Asked): Callback | { readonly refusal: SourceAnswer } {
  const { status, error = null } = parsed(asked.request.body);
  const state = status === 'COMPLETED' ? 'succeeded' : status === 'FAILED' ? 'failed' : null;
  const problems: Problem[] = [];
  if (state === null) problems.push({ loc: ['body', 'status'], msg: 'status must be COMPLETED or FAILED', type: 'enum' });
  if (error !== null && (typeof error !== 'string' || error.length > LONGEST_ERROR)) {
    problems.push({ loc: ['body', 'error'], msg: `error must be a text of at most ${LONGEST_ERROR} characters`, type: 'string_too_long' });
  }
  return state === null || problems.length > 0 ? { refusal: unprocessable(asked, problems) } : { state, error: error as string | null };
}

const LONGEST_ERROR = 8192;

function parsed(body: string): { readonly status?: unknown; readonly error?: unknown } {
  try {
    return (JSON.parse(body) as object | null) ?? {};
  } catch {
    return {};
  }
}
