import process from 'node:process';

/** `PROPERTY_RUNS` and `PROPERTY_SEED` of the environment; without them `runs`, and a seed that is told when it fails. */
export function propertyOptions(runs: number): { readonly numRuns: number; readonly seed?: number } {
  const { PROPERTY_RUNS, PROPERTY_SEED } = process.env;
  return {
    numRuns: PROPERTY_RUNS === undefined ? runs : Number(PROPERTY_RUNS),
    ...(PROPERTY_SEED !== undefined && { seed: Number(PROPERTY_SEED) }),
  };
}
