import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Stream } from '../../../src/model/event.ts';
import { createRandom, pick, type Random } from '../../../src/simulator/random.ts';
import type { SourceRequest } from '../../../src/simulator/source-server.ts';
import type { World } from '../../../src/simulator/world.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import type { ConformingStream } from './conforming-system.ts';
import { openSystem, type OpenSystem } from './open-system.ts';
import { sharedLedger } from './shared-ledger.ts';
import { withPagesOf } from './small-pages.ts';
import { SYSTEMS } from './systems.ts';
import { addInState, remove } from './world-states.ts';

/**
 * Records come, move on and vanish between any two requests, so that pages shift under whoever reads them. Whatever was there from a scan's beginning to its
 * end is in the ledger if the scan says that it proves absence; and once the source rests, everything is. More seeds: `PROPERTY_RUNS=50`.
 */

const ledger = sharedLedger();
const SEEDS = Array.from({ length: propertyRuns(1).numRuns }, (_, index) => index + 2);
const PAGE = 7;
const ROWS = 30;
/** What may move while a scan reads: for its beginning, so that it settles, and for longer than it has patience. */
const MOVES = [20, 60];

describe.each(SYSTEMS)('$title', (system) => {
  it.each(SEEDS)('loses nothing between pages that move while they are read, seed %i', async (seed) => {
    const random = createRandom(seed);
    const lasting = new Set<string>();
    let movesLeft = 0;
    const opened = await openSystem(system, {
      adapted: withPagesOf(PAGE),
      world: { seed, runs: ROWS, documents: ROWS, collections: 1 + (seed % 2) },
      hooks: (world) => ({
        beforeRequest: () => {
          world.advanceBy(Math.floor(random() * 2_000));
          const moves = Math.min(movesLeft, Math.floor(random() * 4));
          movesLeft -= moves;
          for (let count = 0; count < moves; count += 1) lasting.delete(moveSomething(world, system.streams, random) ?? '');
        },
      }),
    });
    for (const moves of MOVES) {
      for (const key of presentIn(opened.world, system.streams)) lasting.add(key);
      movesLeft = moves;
      const results = await opened.sync(ledger(), { full: true, acceptDisappearances: true });
      const known = await presentInLedger(opened);
      for (const { stream } of system.streams) {
        const { has_absence_proof: isProven, error } = results[stream];
        expect({ stream, moves, error }).toEqual({ stream, moves, error: null });
        if (isProven) expect({ stream, moves, lost: missingIn(known, lasting, stream) }).toEqual({ stream, moves, lost: [] });
      }
      lasting.clear();
      opened.world.advanceBy(3_600_000);
    }
    movesLeft = 0;
    const results = await opened.sync(ledger(), { full: true, acceptDisappearances: true });
    const known = await presentInLedger(opened);
    for (const { stream } of system.streams) {
      expect(results[stream]).toMatchObject({ has_absence_proof: true, is_complete: true });
      expect(missingIn(known, presentIn(opened.world, system.streams), stream)).toEqual([]);
    }
  });
});

const SORTED_BY_CHANGE = SYSTEMS.filter(({ streams }) => streams.some(({ declares }) => declares.order === 'latest_change_first'));

describe.each(SORTED_BY_CHANGE)('$title, sorted by the last change', (system) => {
  it('is not taken for a list that goes round where a whole page of records changes between two of its pages', async () => {
    let hasChanged = false;
    const opened = await openSystem(system, {
      adapted: withPagesOf(PAGE),
      hooks: (world) => ({
        beforeRequest: (request) => {
          if (hasChanged || !isBehindFirstPage(request)) return;
          hasChanged = true;
          world.advanceBy(1_000);
          // The oldest come to the front. One row of each page is read again: so many as make the second page show what the first did.
          for (const { id } of world.documents.slice(0, PAGE - 1)) world.editDocument(id);
        },
      }),
    });
    for (let count = 0; count < 4 * PAGE; count += 1) addInState(opened.world, 'documents', 'succeeded');
    const { documents } = await opened.sync(ledger(), { full: true });
    expect(hasChanged).toBe(true);
    expect(documents).toMatchObject({ status: 'succeeded', error: null, has_absence_proof: true });
    expect(missingIn(await presentInLedger(opened), presentIn(opened.world, system.streams), 'documents')).toEqual([]);
  });
});

function isBehindFirstPage({ body }: SourceRequest): boolean {
  return body !== '' && ((JSON.parse(body) as { skip?: number }).skip ?? 0) > 0;
}

/** @returns the key of what was removed */
function moveSomething(world: World, streams: readonly ConformingStream[], random: Random): string | null {
  const { stream, idOf } = pick(random, streams as readonly [ConformingStream]);
  if (random() < 0.4) {
    addInState(world, stream, pick(random, ['queued', 'running', 'succeeded', 'failed']));
    return null;
  }
  const records = recordsIn(world, stream);
  const record = records[Math.floor(random() * records.length)];
  if (record === undefined) return null;
  if (random() < 0.4) {
    remove(world, stream, record.id);
    return `${stream}/${idOf(record.id)}`;
  }
  const isOpen = record.finishedAt === null;
  if (stream === 'runs' && isOpen) world.moveRun(record.id, 'succeeded');
  if (stream === 'documents' && isOpen) world.moveDocument(record.id, pick(random, ['succeeded', 'failed']));
  if (stream === 'documents' && !isOpen) world.retryDocument(record.id);
  return null;
}

function missingIn(known: ReadonlySet<string>, wanted: ReadonlySet<string>, stream: Stream): readonly string[] {
  return [...wanted].filter((key) => key.startsWith(`${stream}/`) && !known.has(key));
}

function recordsIn(world: World, stream: Stream): readonly { readonly id: string; readonly finishedAt: string | null }[] {
  return (stream === 'runs' ? world.runs : world.documents).filter(({ deletedAt }) => deletedAt === null);
}

function presentIn(world: World, streams: readonly ConformingStream[]): ReadonlySet<string> {
  return new Set(streams.flatMap(({ stream, idOf }) => recordsIn(world, stream).map(({ id }) => `${stream}/${idOf(id)}`)));
}

async function presentInLedger({ settings }: OpenSystem): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ key: string }>`
    select stream || '/' || record_id as key from runledger.records
    where connection = ${settings.name} and is_present`.execute(ledger().db);
  return new Set(rows.map(({ key }) => key));
}
