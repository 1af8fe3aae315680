import { describe, expect, it } from 'vitest';
import { keysetPages } from '../../src/record/keyset-pages.ts';
import { oneAtATime } from '../../src/record/one-at-a-time.ts';

describe('pages by key', () => {
  it('go on from the last row of each, short ones too, until one is empty', async () => {
    const asked: (number | null)[] = [];
    const pages = keysetPages<number>((last) => {
      asked.push(last);
      return Promise.resolve(last === null ? [1, 2] : last === 2 ? [3] : []);
    });
    const read: (readonly number[])[] = [];
    for await (const page of pages) read.push(page);
    expect(read).toEqual([[1, 2], [3]]);
    expect(asked).toEqual([null, 2, 3]);
  });

  it('fail where the reader fails, and only when it is their turn', async () => {
    const pages = keysetPages<number>((last) => (last === null ? Promise.resolve([1]) : Promise.reject(new Error('lost'))));
    expect((await pages.next()).value).toEqual([1]);
    await expect(pages.next()).rejects.toThrow('lost');
  });

  it('leave no query under way when the reader stops early, and no failure behind', async () => {
    const next = Promise.withResolvers<number[]>();
    const pages = keysetPages<number>((last) => (last === null ? Promise.resolve([1]) : next.promise));
    await pages.next();
    let isOver = false;
    const returned = pages.return().then(() => (isOver = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isOver).toBe(false);
    next.reject(new Error('lost'));
    await returned;
  });
});

describe('one at a time', () => {
  it('runs in the order of asking, and goes on after a failure', async () => {
    const queue = oneAtATime();
    const log: string[] = [];
    const work = (name: string) => async (): Promise<string> => {
      log.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      log.push(`${name} ends`);
      if (name === 'b') throw new Error('b fails');
      return name;
    };
    const results = await Promise.allSettled(['a', 'b', 'c'].map((name) => queue(work(name))));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(log).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  });
});
