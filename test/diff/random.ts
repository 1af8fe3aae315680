/** Chance from a seed, so that a history that broke a law can be lived through again. */
export interface Random {
  /** 0 to below 1 */
  readonly next: () => number;
  readonly chance: (probability: number) => boolean;
  /** from 0 to below `below` */
  readonly integer: (below: number) => number;
  readonly pick: <T>(choices: readonly [T, ...T[]]) => T;
}

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  const integer = (below: number): number => Math.floor(next() * below);
  return {
    next,
    integer,
    chance: (probability) => next() < probability,
    pick: (choices) => choices[integer(choices.length)] as (typeof choices)[number],
  };
}
