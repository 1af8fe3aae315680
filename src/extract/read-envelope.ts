import type { ApiAnswer, PagedList, PageEnvelope } from '../model/connector.ts';
import { SourceError } from '../model/errors.ts';
import { answerBounds, BYTES_AN_ITEM } from './answer-bounds.ts';
import { describeShape } from './describe-shape.ts';

/** @throws SourceError source_bad_shape, with the request in front of what the connector found; source_too_large for more rows than fit into memory */
export function readEnvelope(list: PagedList, answer: ApiAnswer, maxBytes: number): PageEnvelope {
  const { method, path, status } = answer.response;
  const envelope = parse(list, answer);
  if (Array.isArray(envelope.items)) {
    const mostItems = answerBounds(maxBytes).items;
    if (envelope.items.length > mostItems) throw tooManyItemsError(answer, envelope.items.length, mostItems);
    return { items: envelope.items, total: count(envelope.total), position: count(envelope.position), size: count(envelope.size) || null };
  }
  throw new SourceError('source_bad_shape', `${method} ${path} answered ${describeShape(answer.body)}, where a list was expected.`, {
    status,
    hint: BAD_SHAPE_HINT,
  });
}

function tooManyItemsError({ response: { method, path, status } }: ApiAnswer, found: number, most: number): SourceError {
  return new SourceError(
    'source_too_large',
    `${method} ${path} answered a list of ${found} rows, of which ${most} are the most that are taken at once.`,
    {
      status,
      hint: `If the list is so long, raise requests.max_bytes, which allows a row for every ${BYTES_AN_ITEM} bytes: README tells how much memory that takes.`,
    },
  );
}

const BAD_SHAPE_HINT = 'Check that base_url is the address of the API. Its version may be one that runledger does not know.';

function parse(list: PagedList, answer: ApiAnswer): PageEnvelope {
  const { method, path, status } = answer.response;
  try {
    return list.parse(answer.body);
  } catch (error) {
    if (error instanceof SourceError) {
      throw new SourceError(error.code, `${method} ${path}: ${error.message}`, {
        status,
        hint: error.hint ?? BAD_SHAPE_HINT,
        cause: error,
      });
    }
    throw new SourceError('source_bad_shape', `${method} ${path} answered ${describeShape(answer.body)}, which is no page.`, {
      status,
      hint: BAD_SHAPE_HINT,
      cause: error,
    });
  }
}

/** A count as the source may write it: anything but a whole number from 0 tells nothing. */
function count(value: number | null): number | null {
  return value !== null && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
