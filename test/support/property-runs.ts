/** How often a property is tried and from which seed: `PROPERTY_RUNS` and `PROPERTY_SEED`, where set. */
export function propertyRuns(numRuns = 500): { numRuns: number; seed?: number } {
  const seed = process.env['PROPERTY_SEED'];
  return { numRuns: Number(process.env['PROPERTY_RUNS'] ?? numRuns), ...(seed !== undefined && { seed: Number(seed) }) };
}
