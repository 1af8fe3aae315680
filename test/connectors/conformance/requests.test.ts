import { describe, expect, it } from 'vitest';
import { CONNECTORS } from '../../../src/connectors/connectors.ts';
import { targetOf } from '../../../src/extract/target.ts';
import { IDS, isAllowed, requestsOf } from './requests-of.ts';

/** Nothing here names a connector: one that is added to `CONNECTORS` is held to it at once. */

describe.each(Object.values(CONNECTORS))('every request that $title’s connector can build', (connector) => {
  const requests = requestsOf(connector);

  it('reads, and does nothing else', () => {
    expect(requests.length).toBeGreaterThan(20);
    expect(requests.filter((request) => !isAllowed(connector.name, request))).toEqual([]);
    expect(requests.filter(({ method, body }) => method === 'GET' && body !== undefined)).toEqual([]);
  });

  it('goes where it says, whatever the ids in it are', () => {
    const asked = new Set(requests.map((request) => targetOf('https://source.example', request).path));
    for (const id of IDS) expect([...asked].some((path) => path.includes(encodeURIComponent(id)))).toBe(true);
    expect(requests.map(({ path }) => path).filter((path) => /[?#; ]|a\/b/.test(path))).toEqual([]);
  });

  it('has no part of the key in it: that goes into a header', () => {
    const headers = Object.values(connector.headers('a-key'));
    expect(headers.filter((header) => header.includes('a-key'))).toHaveLength(1);
    expect(connector.requestIdHeaders.filter((name) => name !== name.toLowerCase())).toEqual([]);
  });

  it('by id takes a 404 for an answer', () => {
    const forms = Object.values(connector.streams).flat();
    const target = { recordId: IDS[0], workflowId: IDS[1], collectionId: IDS[2] };
    for (const { byId, feeds } of forms) {
      const single = [byId.request(target), byId.otherwise?.request(target), ...feeds.map(({ parents }) => parents?.byId(IDS[0]))];
      for (const request of single) if (request !== undefined) expect(request?.accept).toContain(404);
    }
  });
});
