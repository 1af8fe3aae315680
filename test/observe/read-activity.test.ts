import { describe, expect, it } from 'vitest';
import { readActivity } from '../../src/observe/read-activity.ts';

describe('an activity', () => {
  it.each(['Generating embeddings', 'page 3 (of 12)', 'chunk_and_embed', 'Seite 4, Überschriften'])(
    'is kept where it is a few words: %s',
    (text) => {
      expect(readActivity(text)).toBe(text);
    },
  );

  it.each([
    'fetching https://bucket.example/doc?sig=1',
    '/Board/Merger plans',
    'for ada@example.org',
    `"quoted"`,
    'a'.repeat(101),
    '',
    7,
    null,
    undefined,
  ])('is not where it could be more: %s', (value) => {
    expect(readActivity(value)).toBeNull();
  });
});
