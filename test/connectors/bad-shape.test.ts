import { expect, it } from 'vitest';
import { badShape } from '../../src/connectors/bad-shape.ts';

it('an answer that is no list is told by the beginnings of its first keys, however long and many they are', () => {
  const body = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`${index}-${'x'.repeat(10_000)}`, 1]));
  const { message } = badShape('Acme', 'a list', body);
  expect(message).toBe(`expected a list, found object with ${[0, 1, 2, 3, 4].map((index) => `"${index}-${'x'.repeat(38)}"`).join(',')}`);
});
