/** How often properties are tried, and from which seed: PROPERTY_RUNS and PROPERTY_SEED. */
export const PROPERTY: { numRuns: number; seed?: number } = {
  numRuns: Number(process.env['PROPERTY_RUNS'] ?? 200),
  ...(process.env['PROPERTY_SEED'] === undefined ? {} : { seed: Number(process.env['PROPERTY_SEED']) }),
};
