/** What is to happen, soonest first; of things due at the same moment, the one put in first. */
export interface Schedule<T> {
  /** Infinity when nothing is due. */
  nextAt(): number;
  add(at: number, value: T): void;
  /** Takes out what is due next; null when nothing is. */
  take(): T | null;
}

export function createSchedule<T>(): Schedule<T> {
  const heap: Due<T>[] = [];
  let added = 0;

  return {
    nextAt: () => heap[0]?.at ?? Infinity,

    add(at, value) {
      added += 1;
      heap.push({ at, order: added, value });
      siftUp(heap);
    },

    take() {
      const first = heap[0];
      const last = heap.pop();
      if (first === undefined || last === undefined) return null;
      if (heap.length > 0) siftDown(heap, last);
      return first.value;
    },
  };
}

interface Due<T> {
  readonly at: number;
  readonly order: number;
  readonly value: T;
}

function siftUp<T>(heap: Due<T>[]): void {
  let child = heap.length - 1;
  const moving = heap[child];
  while (moving !== undefined && child > 0) {
    const parentAt = (child - 1) >> 1;
    const parent = heap[parentAt];
    if (parent === undefined || isBefore(parent, moving)) break;
    heap[child] = parent;
    heap[parentAt] = moving;
    child = parentAt;
  }
}

function siftDown<T>(heap: Due<T>[], moving: Due<T>): void {
  let hole = 0;
  for (;;) {
    let childAt = 2 * hole + 1;
    let child = heap[childAt];
    const right = heap[childAt + 1];
    if (child !== undefined && right !== undefined && isBefore(right, child)) {
      childAt += 1;
      child = right;
    }
    if (child === undefined || isBefore(moving, child)) break;
    heap[hole] = child;
    hole = childAt;
  }
  heap[hole] = moving;
}

function isBefore<T>(a: Due<T>, b: Due<T>): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
