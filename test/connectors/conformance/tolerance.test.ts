import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../src/model/observation.ts';
import { mapObjects } from './map-objects.ts';
import type { ConformingStream } from './conforming-system.ts';
import { openSystem, type OpenSystem } from './open-system.ts';
import { observed, sightingsOf, type Sighting } from './sightings.ts';
import { SYSTEMS } from './systems.ts';
import { addInState, STATES } from './world-states.ts';

/** What a source may add tomorrow: fields, words and whatever else it never had. What the ledger makes of them: `tolerance.pg.test.ts`. */

/** In every object: of each kind of value, and one whose name is dangerous. */
const ADDED = { brand_new: 'a text', new_count: 7, new_list: [{ id: 'x', status: 'y' }], new_object: { error: 'z' }, constructor: null };

describe.each(SYSTEMS)('$title', (system) => {
  it.each(system.streams)('says of its $stream the same with fields that nobody knows', async (stream) => {
    const opened = await openSystem(system);
    for (const state of STATES[stream.stream]) addInState(opened.world, stream.stream, state);
    const sightings = await sightingsOf(opened, stream);
    expect(sightings.length).toBeGreaterThanOrEqual(2 * STATES[stream.stream].length);
    for (const sighting of sightings) {
      const item = mapObjects(sighting.item, (object) => ({ ...object, ...ADDED }));
      expect(observed({ ...sighting, item }), sighting.way).toEqual(observed(sighting));
    }
  });

  it.each(system.streams)(
    'is rejected or understood item by item, never an exception, whatever stands in the fields of its $stream',
    async (stream) => {
      const opened = await openSystem(system);
      for (const state of STATES[stream.stream]) addInState(opened.world, stream.stream, state);
      for (const sighting of await oneOfEachWay(opened, stream)) {
        const { recordId } = observed(sighting);
        for (const odd of ODD_VALUES) {
          for (const key of Object.keys(sighting.item as object)) {
            const item = { ...(sighting.item as object), [key]: odd };
            const result = sighting.observe(item, sighting.context);
            if (result.kind === 'observation') expectSameRecord(result.observation, recordId, odd);
          }
          const { kind } = sighting.observe(odd, sighting.context);
          expect(kind, `${sighting.way}: ${JSON.stringify(odd)}`).toBe('rejection');
        }
      }
    },
  );

  it.each(system.streams)(
    'keeps a word for its $stream that nobody knows, and takes it for none of those that it knows',
    async (stream) => {
      for (const word of ['HIBERNATING', 'x'.repeat(300), '__proto__', 'constructor', 'a\u0000b']) {
        const opened = await openSystem(system, { onRecord: (record) => stream.say(record, word) });
        addInState(opened.world, stream.stream, 'running');
        for (const sighting of await sightingsOf(opened, stream)) {
          if (sighting.way === 'otherwise') continue;
          const { reading, sourceStatus } = observed(sighting);
          expect([sighting.way, reading.kind]).toEqual([sighting.way, 'unknown']);
          expect(sourceStatus).toBe(word.slice(0, 200).replace('\u0000', '\\u0000'));
          const told = sighting.observe(sighting.item, { ...sighting.context, statuses: { [word]: 'failed' } });
          expect(told).toMatchObject({ observation: { reading: { kind: 'known', status: 'failed' } } });
        }
      }
    },
  );
});

async function oneOfEachWay(opened: OpenSystem, stream: ConformingStream): Promise<readonly Sighting[]> {
  return [...new Map((await sightingsOf(opened, stream)).map((sighting) => [sighting.way, sighting])).values()];
}

const ODD_VALUES: readonly unknown[] = [null, 7, -1.5, '', 'odd', true, [], [[null]], {}, { odd: [null] }];

/** Only the field that names it may make it another record. */
function expectSameRecord({ recordId }: Observation, before: string, odd: unknown): void {
  expect([before, odd]).toContain(recordId);
}
