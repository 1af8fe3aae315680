import { expect, it, onTestFinished } from 'vitest';
import { openLedger } from '../../src/db/open-ledger.ts';
import { migrateLedger } from '../../src/sync/migrate-ledger.ts';
import { freshLedger, silent } from '../support/ledger.ts';
import { startRig } from '../sync/rig.ts';
import { startCrashProxy } from './crash-proxy.ts';

/** What a sync asks of the ledger outside of a transaction, each by something that only it says. */
const READS = [
  ['whether there is a schema', 'pg_catalog.pg_class'],
  ['which migrations were applied', '"runledger"."migrations"'],
  ['whether the views are those of this release', 'obj_description'],
  ['which knowledge bases are known', 'from runledger.parents'],
  ['how many records are open', 'as open'],
  ['which open records are to be read', 'from runledger.records r'],
  ['which records are in doubt', 'from runledger.sightings s'],
  ['which ids are tracked', 'null::text as workflow_id'],
] as const;

it('a sync whose connection is lost while it asks the ledger something goes on with another', async () => {
  const direct = await freshLedger('postgres');
  const rig = await startRig({ world: { runs: 20, documents: 10 }, connection: { streams: ['runs', 'documents'] } });
  const proxy = await startCrashProxy(direct.target.kind === 'postgres' ? (direct.target.url ?? '') : '');
  onTestFinished(async () => {
    await rig.close();
    await proxy.close();
  });
  await rig.sync(direct);
  for (const [what, text] of READS) {
    rig.world.advanceBy(60_000);
    // The server has been found, with all that is asked of it before anything else: from here on a lost connection is one of many.
    const ledger = await openLedger({ database: { kind: 'postgres', url: proxy.url }, mode: 'write', log: silent });
    try {
      proxy.arm({ kind: 'text_lost', text });
      await migrateLedger(ledger, { log: silent });
      const { streams } = await rig.sync(ledger);
      expect(proxy.hasFired(), what).toBe(true);
      expect(
        streams.map(({ stream, status, error }) => ({ stream, status, error })),
        what,
      ).toEqual([
        { stream: 'runs', status: 'succeeded', error: null },
        { stream: 'documents', status: 'succeeded', error: null },
      ]);
    } finally {
      await ledger.close();
    }
  }
});
