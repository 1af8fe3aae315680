import { describe, expect, it } from 'vitest';
import { nearest } from '../../../src/cli/settings/nearest.ts';

const KEYS = ['base_url', 'api_key', 'streams', 'stuck_after', 'open_reads'];

describe('the nearest known word', () => {
  it.each([
    ['stream', 'streams'],
    ['baseUrl', 'base_url'],
    ['base-url', 'base_url'],
    ['steams', 'streams'],
    ['sterams', 'streams'],
    ['API_KEY', 'api_key'],
    ['apikye', 'api_key'],
    ['open_read', 'open_reads'],
  ])('of %s is %s', (word, meant) => {
    expect(nearest(word, KEYS)).toBe(meant);
  });

  it.each(['password', 'x', '', 'completely-else'])('of %j is none, because a wrong guess misleads', (word) => {
    expect(nearest(word, KEYS)).toBeNull();
  });

  it('of a word of a million letters is found at once', () => {
    expect(nearest('a'.repeat(1_000_000), KEYS)).toBeNull();
  });
});
