import type { SourceAnswer } from '../source-server.ts';

/** What Morphik answers to a path that it does not have, with whatever key. */
export const NO_SUCH_PATH: SourceAnswer = { status: 404, body: { detail: 'Not Found' } };
export const NO_HEADER: SourceAnswer = { status: 401, body: { detail: 'Missing authorization header' } };
export const BAD_TOKEN: SourceAnswer = { status: 401, body: { detail: 'Invalid or revoked token' } };

/** Also what it answers for a record that the key may not see, and where its database fails. */
export function notFound(what: 'Document' | 'Workflow' | 'Workflow run'): SourceAnswer {
  return { status: 404, body: { detail: `${what} not found` } };
}

export function notAllowed(methods: readonly string[]): SourceAnswer {
  return { status: 405, headers: { allow: methods.join(', ') }, body: { detail: 'Method Not Allowed' } };
}

export interface Problem {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

export function unprocessable(problems: readonly Problem[]): SourceAnswer {
  return { status: 422, body: { detail: problems } };
}
