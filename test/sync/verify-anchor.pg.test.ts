import { sql } from 'kysely';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import { GENESIS_HASH } from '../../src/model/genesis.ts';
import type { Instant } from '../../src/model/instant.ts';
import { chainHash } from '../../src/record/canonical-event.ts';
import { anchorOf, type Anchor } from '../../src/sync/anchor.ts';
import { rebuildLedger } from '../../src/sync/rebuild.ts';
import { verifyLedger } from '../../src/sync/verify.ts';
import type { VerifyProgress } from '../../src/sync/verify-result.ts';
import { freshLedger } from '../support/ledger.ts';
import { expectBreak, messageOf } from './damage.ts';
import { readEvents } from './hold-against-truth.ts';
import { startRig } from './rig.ts';
import { syncedLedger, tamper } from './tamper.ts';

const NOW = '2026-03-02T00:00:00.000000Z' as Instant;

/** A ledger that a sync of a moving source fills, and one that goes on with it. */
async function growingLedger(): Promise<{ readonly ledger: Ledger; readonly grow: () => Promise<void> }> {
  const rig = await startRig({ world: { seed: 6, runs: 8, rates: { runsPerHour: 12 } } });
  onTestFinished(() => rig.close());
  const ledger = await freshLedger('postgres');
  const grow = async (): Promise<void> => {
    rig.world.advanceBy(3_600_000);
    const [stream] = (await rig.sync(ledger)).streams;
    expect(stream?.appended_count).toBeGreaterThan(0);
  };
  return { ledger, grow };
}

async function anchored(ledger: Ledger): Promise<Anchor> {
  const anchor = anchorOf(await verifyLedger(ledger), NOW);
  if (anchor === null) throw new Error('the ledger did not hold');
  return anchor;
}

/** What a superuser can do who knows how events are chained: every hash from a position on anew, the head with them, and the rows folded again. */
async function rewriteFrom(ledger: Ledger, position: number): Promise<void> {
  const events = await readEvents(ledger);
  let chain: Uint8Array = events[position - 2]?.chain_hash ?? Buffer.from(GENESIS_HASH, 'hex');
  const statements: string[] = [];
  for (const event of events.slice(position - 1)) {
    const digest = event.details_digest === null ? null : Buffer.from(event.details_digest).toString('hex');
    chain = chainHash(chain, { ...event, details_digest: digest });
    statements.push(
      `update runledger.events set chain_hash = '\\x${Buffer.from(chain).toString('hex')}' where position = ${event.position}`,
    );
  }
  await tamper(ledger.db, ...statements, `update runledger.ledger_head set chain_hash = '\\x${Buffer.from(chain).toString('hex')}'`);
  await rebuildLedger(ledger);
}

describe('an anchor of a ledger', () => {
  it('holds while the ledger grows, and the chain is read from it on', async () => {
    const { ledger, grow } = await growingLedger();
    await grow();
    const anchor = await anchored(ledger);
    await grow();
    const added = (await readEvents(ledger)).length - Number(anchor.position);
    const told: VerifyProgress[] = [];
    const result = await verifyLedger(ledger, { anchors: [anchor], onProgress: (progress) => told.push(progress) });
    expect(result.checks.filter(({ name }) => ['anchor', 'chain', 'head', 'details'].includes(name))).toMatchObject([
      { name: 'anchor', ok: true },
      { name: 'chain', ok: true },
      { name: 'head', ok: true },
      { name: 'details', ok: true },
    ]);
    expect(result).toMatchObject({ verified_after_position: anchor.position, anchors: [anchor] });
    for (const phase of ['chain', 'details'])
      expect(told.find((progress) => progress.phase === phase)).toMatchObject({ done: added, total: added });
    expect(result.unseen.slice(0, 3)).toEqual([
      expect.stringContaining(`that events after ${anchor.position}, where the last anchor is, were cut off`),
      expect.stringContaining(`that what is after ${anchor.position} was rewritten`),
      expect.stringContaining(`that events up to ${anchor.position}, or their details, were edited`),
    ]);
    const full = await verifyLedger(ledger, { anchors: [anchor], isFull: true });
    expect(full).toMatchObject({ verified_after_position: 0n });
    expect(full.unseen.some((what) => what.includes('--full'))).toBe(false);
  });

  it('shows a past that was rewritten with every hash, the head and the rows, which nothing else does', async () => {
    const ledger = await syncedLedger('postgres', 15);
    const anchor = await anchored(ledger);
    await tamper(ledger.db, `update runledger.events set source_status = 'FINE' where position = 3`);
    await rewriteFrom(ledger, 3);
    expect(await verifyLedger(ledger)).toMatchObject({ ok: true });
    const result = await verifyLedger(ledger, { anchors: [anchor] });
    expectBreak(result, 'anchor', Number(anchor.position), 'it, or something before it, was rewritten, and hashes were computed anew');
    expect(result).toMatchObject({ break: { expected: anchor.chain_hash }, verified_after_position: 0n });
  });

  it('shows an end that was cut off with the head put back', async () => {
    const { ledger, grow } = await growingLedger();
    await grow();
    const kept = await anchored(ledger);
    await grow();
    const anchor = await anchored(ledger);
    await tamper(
      ledger.db,
      `delete from runledger.details where position > ${kept.position}`,
      `delete from runledger.events where position > ${kept.position}`,
      `delete from runledger.responses where sync_id > 1`,
      `delete from runledger.sync_streams where sync_id > 1`,
      `delete from runledger.syncs where sync_id > 1`,
      `delete from runledger.sightings`,
      `update runledger.ledger_head set position = ${kept.position}, chain_hash = '\\x${kept.chain_hash}', recorded_at = '${kept.recorded_at}'`,
    );
    await rebuildLedger(ledger);
    const before = kept.position;
    expect(await verifyLedger(ledger)).toMatchObject({ ok: true });
    const message = `the end of the ledger was cut off: its last event is ${before}, and the one of the anchor written ${NOW} is ${anchor.position}`;
    expectBreak(await verifyLedger(ledger, { anchors: [anchor] }), 'anchor', Number(anchor.position), message);
  });

  it('tells another ledger from one whose id was changed, and an event that is missing', async () => {
    const ledger = await syncedLedger('postgres', 10);
    const anchor = await anchored(ledger);
    const other = { ...anchor, ledger_id: '00000000-0000-4000-8000-000000000000' };
    const changed = await verifyLedger(ledger, { anchors: [other] });
    expect(messageOf(changed, 'anchor')).toContain('the id of the ledger was changed');
    const foreign = await verifyLedger(ledger, { anchors: [{ ...other, chain_hash: 'ab'.repeat(32) }] });
    expect(messageOf(foreign, 'anchor')).toBe(
      `the anchor is of another ledger: that of ${other.ledger_id}, and this is ${anchor.ledger_id}`,
    );
    const { rows } = await sql<{ hash: string }>`select encode(chain_hash, 'hex') as hash from runledger.events where position = 5`.execute(
      ledger.db,
    );
    await tamper(ledger.db, 'delete from runledger.events where position = 5');
    const gone = await verifyLedger(ledger, { anchors: [{ ...anchor, position: 5n, chain_hash: rows[0]?.hash ?? '' }] });
    expectBreak(gone, 'anchor', 5, 'event 5, that of the anchor written');
    expect(messageOf(gone, 'chain')).toContain('event 5 is missing');
  });
});

it('an anchor lets an edit before it pass that left the hashes alone, and says so; --full does not', async () => {
  const ledger = await syncedLedger('postgres', 15);
  const anchor = await anchored(ledger);
  await tamper(ledger.db, `update runledger.events set anomalies = '{clock_skew}' where position = 3`);
  const quick = await verifyLedger(ledger, { anchors: [anchor] });
  expect(quick.ok).toBe(true);
  expect(quick.unseen.join()).toContain('their hashes left as they were: they are read with --full');
  expectBreak(await verifyLedger(ledger, { anchors: [anchor], isFull: true }), 'chain', 3, 'event 3 was edited');
});

it('several anchors must all hold, and the earliest is where the chain is read from', async () => {
  const { ledger, grow } = await growingLedger();
  const empty = await anchored(ledger);
  expect(empty).toMatchObject({ position: 0n, chain_hash: GENESIS_HASH });
  await grow();
  const one = await anchored(ledger);
  await grow();
  const two = await anchored(ledger);
  expect(await verifyLedger(ledger, { anchors: [two, one] })).toMatchObject({ ok: true, verified_after_position: one.position });
  expect(await verifyLedger(ledger, { anchors: [two, one, empty] })).toMatchObject({ ok: true, verified_after_position: 0n });
  const broken = await verifyLedger(ledger, { anchors: [two, { ...one, chain_hash: 'ab'.repeat(32) }] });
  expectBreak(broken, 'anchor', Number(one.position), `event ${one.position} has another hash`);
});
