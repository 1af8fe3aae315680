import { clockOffset, type ClockOffset } from '../model/clock-offset.ts';
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
    skewMicros: skewMicros(clockOffset({ serverDate, sentAt: answered.sentAt, receivedAt: answered.receivedAt })),
  };
}

const LONGEST_REQUEST_ID = 200;
/** The greater of the two bounds bounds both ways. */
function skewMicros(offset: ClockOffset | null): bigint {
  if (offset === null) return 0n;
  const { leastMicros: least, mostMicros: most } = offset;
  const [low, high] = [least < 0n ? -least : least, most < 0n ? -most : most];
  return low > high ? low : high;
}
