import { cutText } from '../observe/read-text.ts';

/**
 * What an error answer says went wrong: `detail` (a text, or FastAPI's list of what is wrong where), else `message`, else `error`. In the
 * source's words, unprintable characters included.
 */
export function errorText(body: unknown): string | null {
  if (!isObject(body)) return null;
  const text = textOf(body['detail']) ?? textOf(body['message']) ?? textOf(body['error']);
  return text === null ? null : cutText(text, MAX_LENGTH);
}

const MAX_LENGTH = 1_000;
const MAX_PROBLEMS = 5;

function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value.trim() === '' ? null : value;
  if (Array.isArray(value))
    return (
      value
        .slice(0, MAX_PROBLEMS)
        .map(problemText)
        .filter((text) => text !== null)
        .join('; ') || null
    );
  return isObject(value) ? problemText(value) : null;
}

/** One of FastAPI's `{ loc: ['query', 'size'], msg, type }`. Its `input` echoes what was sent: it is left out. */
function problemText(problem: unknown): string | null {
  if (typeof problem === 'string') return problem;
  if (!isObject(problem)) return null;
  const said = [problem['msg'], problem['message']].find((text) => typeof text === 'string');
  const place = Array.isArray(problem['loc'])
    ? problem['loc'].filter((step) => typeof step === 'string' || typeof step === 'number').join('.')
    : '';
  return said === undefined ? null : place === '' ? said : `${place}: ${said}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
