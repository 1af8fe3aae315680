import { addMicros, microsOf, type Instant } from '../model/instant.ts';
import type { ResponseEvidence } from '../model/observation.ts';
import { parseHttpDate } from './http-date.ts';
import { safeText } from './safe-text.ts';
import type { Answered } from './send-once.ts';

/** What the ledger keeps of an answer. */
export function evidenceOf(
  answered: Answered,
  asked: { readonly method: string; readonly path: string; readonly requestIdHeaders: readonly string[]; readonly secret: string },
): ResponseEvidence {
  const serverDate = parseHttpDate(answered.headers.get('date'));
  const requestId = asked.requestIdHeaders.map((name) => answered.headers.get(name)).find((value) => value !== null && value !== '');
  return {
    method: asked.method,
    path: asked.path,
    page: null,
    status: answered.status,
    serverDate,
    requestId: requestId === undefined || requestId === null ? null : safeText(requestId, asked.secret, LONGEST_REQUEST_ID),
    sentAt: answered.sentAt,
    receivedAt: answered.receivedAt,
    skewMicros: serverDate === null ? 0n : skewMicros(serverDate, answered.sentAt, answered.receivedAt),
  };
}

const LONGEST_REQUEST_ID = 200;
const SECOND = 1_000_000n;

/**
 * A Date is cut to whole seconds: the server's clock was somewhere in [Date, Date + 1 s) at some moment between `sentAt` and `receivedAt`,
 * so it is ahead of ours by no less than Date − receivedAt and no more than Date + 1 s − sentAt. The greater of the two bounds both ways.
 */
function skewMicros(serverDate: Instant, sentAt: Instant, receivedAt: Instant): bigint {
  const least = microsOf(serverDate) - microsOf(receivedAt);
  const most = microsOf(addMicros(serverDate, SECOND)) - microsOf(sentAt);
  const [low, high] = [least < 0n ? -least : least, most < 0n ? -most : most];
  return low > high ? low : high;
}
