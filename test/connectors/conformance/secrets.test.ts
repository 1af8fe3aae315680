import { describe, expect, it } from 'vitest';
import { API_KEY } from '../../sync/rig.ts';
import { openSystem } from './open-system.ts';
import { SECRET, withSecrets } from './planted.ts';
import { observed, sightingsOf } from './sightings.ts';
import { SYSTEMS } from './systems.ts';
import { addInState, STATES } from './world-states.ts';

/** What a source shows of contents, persons and signed addresses, planted wherever its contract has a place for it. In the ledger: `secrets.pg.test.ts`. */

describe.each(SYSTEMS)('$title', (system) => {
  it.each(system.streams)('has the contents of its $stream in no observation', async (stream) => {
    const opened = await openSystem(system, { onRecord: withSecrets });
    for (const state of STATES[stream.stream]) addInState(opened.world, stream.stream, state);
    let planted = 0;
    for (const sighting of await sightingsOf(opened, stream)) {
      if (JSON.stringify(sighting.item).includes(SECRET)) planted += 1;
      expectClean(observed(sighting), sighting.way);
      const none = sighting.observe(sighting.item, { ...sighting.context, payloads: 'none' });
      expect(none).toMatchObject({ kind: 'observation', observation: { body: null } });
    }
    expect(planted).toBeGreaterThanOrEqual(STATES[stream.stream].length);
  });

  it.each(system.streams)('has nothing of one of its $stream in a rejection but its form', async (stream) => {
    const opened = await openSystem(system, { onRecord: withSecrets });
    addInState(opened.world, stream.stream, 'succeeded');
    for (const sighting of await sightingsOf(opened, stream)) {
      const { recordId } = observed(sighting);
      // Without any field that could be its id, among them the one that is.
      const named = Object.entries(sighting.item as object).filter(([, value]) => value !== recordId);
      const result = sighting.observe(Object.fromEntries(named), sighting.context);
      expect(result.kind, sighting.way).toBe('rejection');
      expectClean(result, sighting.way);
    }
  });
});

function expectClean(told: unknown, way: string): void {
  const text = JSON.stringify(told, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
  expect(text, way).not.toContain(SECRET);
  expect(text, way).not.toContain(API_KEY);
}
