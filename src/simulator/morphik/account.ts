import { createRandom, hashText, uuid } from '../random.ts';
import type { World } from '../world.ts';

/** The app that the key is bound to, and the person who uses it. */
export interface MorphikAccount {
  readonly appId: string;
  readonly userId: string;
}

/** One a world. */
export function accountOf(world: World): MorphikAccount {
  return { appId: derivedId(`app of world ${world.seed}`), userId: derivedId(`person of world ${world.seed}`) };
}

/** The same UUID for the same text. */
export function derivedId(text: string): string {
  return uuid(createRandom(hashText(text)));
}
