import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createOrderedList } from '../../../src/simulator/noxus/ordered-list.ts';
import { hashText } from '../../../src/simulator/random.ts';
import { propertyRuns } from '../../support/property-runs.ts';

interface Item {
  readonly id: string;
  readonly number: number;
}

function items(count: number): Item[] {
  return Array.from({ length: count }, (_, index) => ({ id: `item ${index}`, number: index + 1 }));
}

describe('an ordered list', () => {
  test('takes what comes late to its place', () => {
    const [first, second, third] = items(3) as [Item, Item, Item];
    const list = createOrderedList<Item>('newest_first');
    for (const item of [first, third, second]) list.add(item);
    expect(list.length).toBe(3);
    expect(list.slice(0, 2)).toEqual([third, second]);
    list.remove(third);
    expect(list.slice(0, 5)).toEqual([second, first]);
    expect(list.slice(2, 5)).toEqual([]);
    list.remove(third);
    expect(list.length).toBe(2);
  });

  test('is what sorting its members gives, however they join, leave and are read', () => {
    const moves = fc.array(fc.record({ index: fc.nat(19), isRead: fc.boolean() }), { maxLength: 80 });
    const orders = fc.constantFrom('newest_first' as const, 'oldest_first' as const, 'none' as const);
    fc.assert(
      fc.property(orders, moves, (order, sequence) => {
        const all = items(20);
        const members = new Set<Item>();
        const list = createOrderedList<Item>(order);
        for (const { index, isRead } of sequence) {
          const item = all[index];
          if (item === undefined) continue;
          if (members.delete(item)) list.remove(item);
          else {
            members.add(item);
            list.add(item);
          }
          expect(list.length).toBe(members.size);
          if (!isRead) continue;
          const key = (member: Item): number => (order === 'none' ? hashText(member.id) : member.number);
          const sorted = [...members].sort((a, b) => key(a) - key(b));
          expect(list.slice(0, 20)).toEqual(order === 'newest_first' ? sorted.toReversed() : sorted);
        }
      }),
      propertyRuns(200),
    );
  });
});
