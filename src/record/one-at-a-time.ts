/** Runs one after the other what is asked for at once. */
export type Queue = <T>(work: () => Promise<T>) => Promise<T>;

/** For several readers on one connection: the driver of Postgres takes one query at a time. */
export function oneAtATime(): Queue {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    // What fails is told to whoever asked for it, and stops nobody else.
    last = result.catch(() => undefined);
    return result;
  };
}
