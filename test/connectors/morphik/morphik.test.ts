import { describe, expect, it } from 'vitest';
import { CONNECTORS } from '../../../src/connectors/connectors.ts';
import { documents } from '../../../src/connectors/morphik/documents.ts';
import { morphik } from '../../../src/connectors/morphik/morphik.ts';
import { runs } from '../../../src/connectors/morphik/runs.ts';

describe('the connector', () => {
  it('is known by its name, with both streams', () => {
    expect(CONNECTORS['morphik']).toBe(morphik);
    expect(morphik.streams).toEqual({ runs: [runs], documents });
    expect(morphik.environment).toEqual({ apiKey: 'MORPHIK_API_KEY', baseUrl: 'MORPHIK_BASE_URL' });
    expect(morphik.defaultBaseUrl).toBe('https://api.morphik.ai');
  });

  it('sends the token as a bearer', () => {
    expect(morphik.headers('token-1')).toEqual({ Authorization: 'Bearer token-1' });
  });

  it('probes with the one listing that every server has, and asks it for no document', () => {
    expect(morphik.probe.request).toEqual({
      method: 'POST',
      path: '/documents',
      body: { skip: 0, limit: 0, fields: ['external_id'] },
    });
    for (const body of [[], { documents: [] }, null]) expect(morphik.probe.accountIdOf(body)).toBeNull();
  });

  it('takes the source’s words out of an error answer', () => {
    expect(morphik.errorText({ detail: 'Invalid or revoked token' })).toBe('Invalid or revoked token');
    expect(morphik.errorText({ detail: [{ loc: ['body', 'limit'], msg: 'not a number', type: 'x' }] })).toBe('body.limit: not a number');
    expect(morphik.errorText('<html>')).toBeNull();
  });
});
