import { describe, expect, it } from 'vitest';
import type { Observation } from '../../../src/model/observation.ts';
import type { DocumentedStatus } from './conforming-system.ts';
import { formOf, openSystem } from './open-system.ts';
import { observed, sightingsOf } from './sightings.ts';
import { SYSTEMS } from './systems.ts';
import { keyOf, worded } from './worded.ts';

/** Every word of the contract, from the answer that shows it to the observation. What becomes of it in the ledger: `statuses.pg.test.ts`. */

describe.each(SYSTEMS)('$title', (system) => {
  describe.each(system.streams)('$stream', (stream) => {
    it('mean under every documented word what the contract says, in every answer that shows them', async () => {
      const { onRecord, fill } = worded(system);
      const opened = await openSystem(system, { onRecord });
      const documented = fill(opened.world);
      const sightings = (await sightingsOf(opened, stream)).filter(({ way }) => way !== 'otherwise');
      const told = sightings.map((sighting) => {
        const observation = observed(sighting);
        const expected = documented.get(keyOf(stream, observation.recordId));
        if (expected === undefined) throw new Error(`${observation.recordId} was never put into the world`);
        const isOtherWord = sighting.way === 'by id' && expected.isReadById === false;
        return { way: sighting.way, expected: isOtherWord ? { ...expected, word: null } : expected, observation };
      });
      expect(told.map(({ way, observation }) => [way, ...meaningOf(observation)])).toEqual(
        told.map(({ way, expected }) => [way, ...meaningBy(expected)]),
      );
      const ofStream = [...documented.keys()].filter((key) => key.startsWith(`${stream.stream}/`));
      for (const way of ['list', 'by id']) {
        const shown = told.filter((one) => one.way === way).map(({ observation }) => keyOf(stream, observation.recordId));
        expect(new Set(shown), way).toEqual(new Set(ofStream));
      }
    });

    it('can be left again under the same id only where the contract says so', async () => {
      const opened = await openSystem(system);
      const reopening = stream.statuses.filter(({ reopens }) => reopens === true).map(({ status }) => status);
      expect([...formOf(opened, stream).kind.reopensFrom].sort()).toEqual([...new Set(reopening)].sort());
    });
  });
});

const OTHERWISE = SYSTEMS.flatMap((system) =>
  system.streams.flatMap((stream) => (stream.otherwise === null ? [] : [{ system, stream, vocabulary: stream.otherwise }])),
);

describe.each(OTHERWISE)('$system.title, $stream.stream that the first endpoint does not know', ({ system, stream, vocabulary }) => {
  it('mean what the contract says in the words of the other', async () => {
    const { onRecord, fill } = worded(system, ({ otherwise }) => otherwise);
    const opened = await openSystem(system, { onRecord });
    const documented = fill(opened.world);
    const observations = (await sightingsOf(opened, stream)).filter(({ way }) => way === 'otherwise').map(observed);
    expect(observations.map(meaningOf)).toEqual(observations.map(({ recordId }) => meaningBy(documented.get(keyOf(stream, recordId)))));
    expect(observations.map(({ sourceStatus }) => sourceStatus).sort()).toEqual(vocabulary.statuses.map(({ word }) => word).sort());
  });
});

type Meaning = readonly [word: string | null, status: string | null, reason: string | null];

function meaningOf({ sourceStatus, reading }: Observation): Meaning {
  if (reading.kind === 'undecided') return [sourceStatus, 'undecided', null];
  return reading.kind === 'known' ? [sourceStatus, reading.status, reading.reason] : [sourceStatus, null, null];
}

function meaningBy(documented: DocumentedStatus | undefined): Meaning {
  return [documented?.word ?? null, documented?.status ?? null, documented?.reason ?? null];
}
