import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { pino } from 'pino';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { Collection } from '../../src/simulator/workflow.ts';
import { trackRecords } from '../../src/sync/track.ts';
import { LEDGER_KINDS } from '../support/ledger.ts';
import {
  disappearanceOf,
  evidenceOfAbsence,
  expectLawful,
  openRecords,
  presentIds,
  quietRig,
  syncLater,
  type Watched,
} from './absence-rig.ts';

const FULL = { full: true };
const SETTLED = { documentRetryShare: 0, documentRetrainShare: 0, documentEditShare: 0, documentDeletionShare: 0 };

function runOf({ rig }: Watched, collection: Collection | undefined): string {
  const workflow = rig.world.workflows.find((candidate) => candidate.collection === collection);
  if (collection === undefined || workflow === undefined) throw new Error('no workflow ingests');
  return rig.world.addRun({ workflow }).id;
}

async function unconfirmedCount(ledger: Ledger): Promise<unknown> {
  const { rows } = await sql<{ count: bigint }>`select unconfirmed_absence_count as count from runledger.sync_health`.execute(ledger.db);
  return rows[0]?.count;
}

describe('runs that only the running jobs of a knowledge base ever listed', () => {
  it.each([
    ['answered by id', true, false],
    ['answered by id, and listed there while open', true, true],
    ['not answered by id', false, false],
    ['not answered by id, and listed there while open', false, true],
  ])('%s, are never taken for gone while they are there', async (_name, isServed, hidesFinished) => {
    const watched = await quietRig('postgres', {
      world: { runs: 30, collections: 2, rates: { ingestionShare: 0 } },
      server: {
        isListed: (run) => run.workflow.collection === null,
        isServedById: (run) => isServed || run.workflow.collection === null,
        hidesFinishedKnowledgeBaseRuns: hidesFinished,
      },
    });
    const { rig, ledger } = watched;
    const [deleted, kept] = rig.world.collections;
    const ids = [runOf(watched, deleted), runOf(watched, deleted), runOf(watched, deleted), runOf(watched, kept)];
    const [succeeded = '', failed = '', , other = ''] = ids;
    await syncLater(watched);
    rig.world.moveRun(succeeded, 'succeeded');
    rig.world.moveRun(failed, 'failed');
    rig.world.moveRun(other, 'succeeded');
    for (let sync = 0; sync < 3; sync += 1) {
      const { events, stream } = await syncLater(watched, FULL);
      expect(events.filter((event) => event.includes('appeared'))).toEqual([]);
      expect(stream).toMatchObject({ status: 'succeeded', has_absence_proof: true });
    }
    expect(await presentIds(ledger)).toEqual(expect.arrayContaining(ids));
    // Nor are they counted as gone, which many of them would make a finding of.
    expect(await unconfirmedCount(ledger)).toBe(0n);

    rig.world.deleteCollection(deleted?.id ?? '');
    const { events } = await syncLater(watched, FULL);
    const gone = ids.slice(0, 3);
    if (isServed) {
      // They outlive it, and each of them answers.
      expect(events.filter((event) => event.includes('appeared'))).toEqual([]);
    } else {
      expect(events).toEqual(disappearanceOf(gone));
      expect(await evidenceOfAbsence(ledger)).toEqual(gone.toSorted().map((id) => `${id} /v1/knowledge-bases/${deleted?.id ?? ''} 404`));
      expect(await openRecords(ledger)).toEqual([]);
    }
    expect((await syncLater(watched, FULL)).events).toEqual([]);
    expect(await presentIds(ledger)).toContain(other);
    await expectLawful(ledger);
  });
});

describe('a run that was tracked and is in no list', () => {
  it('is there for as long as it answers by id, finished or not, and gone once it does not', async () => {
    const watched = await quietRig('postgres', { world: { runs: 30 }, server: { isListed: (run) => run.number <= 30 } });
    const { rig, ledger } = watched;
    const [finished, open] = [rig.world.addRun().id, rig.world.addRun().id];
    await syncLater(watched);
    const log = pino({ level: 'silent' });
    await trackRecords(ledger, { connection: 'noxus-main', stream: 'runs', recordIds: [finished, open], now: rig.now(), log });
    await syncLater(watched);
    rig.world.moveRun(finished, 'succeeded');
    await syncLater(watched);
    for (let sync = 0; sync < 2; sync += 1) {
      expect(await syncLater(watched, FULL)).toMatchObject({ events: [], stream: { status: 'succeeded' } });
    }
    rig.world.deleteRun(finished);
    rig.world.deleteRun(open);
    // No list ever says anything of it: a second scan has to miss it too.
    expect((await syncLater(watched, FULL)).events).toEqual([]);
    expect((await syncLater(watched, FULL)).events).toEqual(disappearanceOf([finished, open]));
    await expectLawful(ledger);
  });
});

describe.each(LEDGER_KINDS)('a deleted knowledge base in a ledger in %s', (kind) => {
  it('takes its documents with it, shown by its own 404, and no others', async () => {
    const watched = await quietRig(kind, { world: { collections: 3 }, connection: { streams: ['documents'] } });
    const { rig, ledger } = watched;
    const [small, large, kept] = rig.world.collections;
    const fill = (collection: Collection | undefined, count: number): readonly string[] =>
      Array.from({ length: count }, (_, index) => {
        const { id } = rig.world.addDocument(collection === undefined ? {} : { collection });
        if (index > 0) rig.world.moveDocument(id, 'running');
        if (index > 1) rig.world.moveDocument(id, index % 5 === 0 ? 'failed' : 'succeeded');
        return id;
      });
    const [few, many, others] = [fill(small, 6), fill(large, 30), fill(kept, 12)];
    await syncLater(watched);
    expect(await presentIds(ledger)).toEqual([...few, ...many, ...others].sort());

    rig.world.deleteCollection(small?.id ?? '');
    expect(await syncLater(watched)).toMatchObject({ events: [], stream: { status: 'succeeded' } });
    // The two that were open are missing at once.
    expect((await openRecords(ledger)).filter((row) => row.missing_since_at !== null).map((row) => row.record_id)).toEqual(
      few.slice(0, 2).toSorted(),
    );
    const first = await syncLater(watched, FULL);
    expect(first).toMatchObject({ events: disappearanceOf(few), stream: { status: 'succeeded', has_absence_proof: true } });
    expect(await evidenceOfAbsence(ledger)).toEqual(few.toSorted().map((id) => `${id} /v1/knowledge-bases/${small?.id ?? ''} 404`));

    rig.world.deleteCollection(large?.id ?? '');
    const stopped = await syncLater(watched, FULL);
    expect(stopped).toMatchObject({ events: [], stream: { status: 'failed', error: { code: 'source_mass_absence' } } });
    const planned: string[] = [];
    await syncLater(watched, {
      acceptDisappearances: true,
      dryRun: true,
      onPlannedEvent: ({ record_id: id }) => planned.push(`${id} disappeared`),
    });
    expect(planned.sort()).toEqual(disappearanceOf(many));
    const accepted = await syncLater(watched, { acceptDisappearances: true });
    expect(accepted).toMatchObject({ events: disappearanceOf(many), stream: { status: 'succeeded' } });
    expect((await syncLater(watched, FULL)).events).toEqual([]);
    expect(await presentIds(ledger)).toEqual(others.toSorted());
    await expectLawful(ledger);
  });
});

describe('documents', () => {
  it('that are deleted one by one disappear, each shown by its own 404', async () => {
    const watched = await quietRig('postgres', {
      world: { documents: 40, collections: 2, rates: SETTLED },
      connection: { streams: ['documents'] },
    });
    const { rig, ledger } = watched;
    await syncLater(watched);
    const [first, second] = rig.world.documents.filter((document) => document.deletedAt === null);
    for (const document of [first, second]) rig.world.deleteDocument(document?.id ?? '');
    expect((await syncLater(watched, FULL)).events).toEqual(disappearanceOf([first?.id ?? '', second?.id ?? '']));
    expect(await evidenceOfAbsence(ledger)).toEqual(
      [first, second].map((one) => `${one?.id ?? ''} /v1/knowledge-bases/${one?.collection.id ?? ''}/document/${one?.id ?? ''} 404`).sort(),
    );
    await expectLawful(ledger);
  });
});
