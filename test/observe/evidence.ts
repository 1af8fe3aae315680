import type { ItemContext } from '../../src/model/connector.ts';
import { instantFromMillis } from '../../src/model/instant.ts';
import type { ResponseEvidence } from '../../src/model/observation.ts';

export const RESPONSE: ResponseEvidence = {
  method: 'GET',
  path: '/v1/runs?page=1&size=100',
  page: '1',
  status: 200,
  serverDate: instantFromMillis(Date.UTC(2026, 0, 1, 12)),
  requestId: 'req-1',
  sentAt: instantFromMillis(Date.UTC(2026, 0, 1, 12)),
  receivedAt: instantFromMillis(Date.UTC(2026, 0, 1, 12) + 250),
  skewMicros: 0n,
};

export function itemContext(changes: Partial<ItemContext> = {}): ItemContext {
  return { response: RESPONSE, payloads: 'redacted', statuses: {}, parentId: null, ...changes };
}
