import { describe, expect, it } from 'vitest';
import { pathSegment } from '../../src/connectors/path-segment.ts';

describe('an id in a path', () => {
  it('is one segment, whatever it holds', () => {
    for (const id of ['a/b', 'a?b#c', '%2e%2e', 'ingest-doc:1', 'ü 😀', '...', '\n']) {
      const url = new URL(`https://host/v1/runs/${pathSegment(id)}`);
      expect(url.pathname.split('/').slice(0, 3)).toEqual(['', 'v1', 'runs']);
      expect(decodeURIComponent(url.pathname.split('/').slice(3).join('/'))).toBe(id);
      expect(url.search + url.hash).toBe('');
    }
  });

  it('is refused where a URL would lose it', () => {
    for (const id of ['.', '..', '', '\ud800'])
      expect(() => pathSegment(id)).toThrow(/cannot ask a source for a record by its id: it is|it contains/);
  });
});
