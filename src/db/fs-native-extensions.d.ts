/** The library has no types of its own. */
declare module 'fs-native-extensions' {
  /** @returns false where another open file has the lock */
  export function tryLock(descriptor: number, offset: number, length: number): boolean;
}
