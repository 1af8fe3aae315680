/** Numbers in [0, 1), the same ones again for the same seed. */
export type Random = () => number;

/**
 * A Weyl sequence through a 32-bit avalanche mix: a world must come out the same on every machine and run, which `Math.random` cannot give.
 *
 * @param seed any integer; only its low 32 bits count
 */
export function createRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    return mixed(state) / 0x1_0000_0000;
  };
}

/** A seed of its own for part `index` of what `seed` makes, so that one part's draws never shift another's. */
export function derivedSeed(seed: number, index: number): number {
  return mixed(mixed(seed) ^ Math.imul(index, 0x85ebca6b));
}

/** An unsigned 32-bit hash, spread evenly; not against an adversary. */
export function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return mixed(hash);
}

export function pick<T>(random: Random, values: readonly [T, ...T[]]): T {
  return values[Math.floor(random() * values.length)] ?? values[0];
}

/** Mostly near the median, sometimes several times as long: how the durations of real work spread. */
export function logNormal(random: Random, median: number, spread = 0.8): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return median * Math.exp(spread * normal);
}

/** The time to the next of many independent arrivals. */
export function exponential(random: Random, mean: number): number {
  return -Math.log(1 - random()) * mean;
}

/** A version 4 UUID. */
export function uuid(random: Random): string {
  const hex = word(random) + word(random) + word(random) + word(random);
  const variant = '89ab'.charAt(parseInt(hex.charAt(16), 16) & 3);
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, variant + hex.slice(17, 20), hex.slice(20)].join('-');
}

/** 32 bits in hex */
function word(random: Random): string {
  return (0x1_0000_0000 + Math.floor(random() * 0x1_0000_0000)).toString(16).slice(1);
}

function mixed(value: number): number {
  let bits = value | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
