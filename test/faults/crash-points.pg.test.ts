import fc from 'fast-check';
import { expect, it } from 'vitest';
import { recordBatch } from '../../src/sync/record-batch.ts';
import { verifyLedger } from '../../src/sync/verify.ts';
import { freshLedger, silent } from '../support/ledger.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { batchesOf, beginStory, contentOf } from './batch-story.ts';
import { IS_FATAL, type CrashPoint } from './crash-points.ts';
import { throughCrashProxy } from './through-crash-proxy.ts';

const SEED = 7;
const BATCHES = 6;
/** More than the recording of a batch has. */
const MOST_STATEMENTS = 28;

const log = { log: silent };

const statement = fc.integer({ min: 1, max: MOST_STATEMENTS });
const crashPoint: fc.Arbitrary<CrashPoint> = fc.oneof(
  fc.record({ kind: fc.constantFrom('refused' as const, 'lost' as const, 'unanswered' as const), statement }),
  fc.constantFrom<CrashPoint>({ kind: 'commit_lost' }, { kind: 'commit_unanswered' }),
);

it('what broke at any statement of a batch is as before or as after, and done again as it would have been', async () => {
  const expected = await contentsWithoutCrashes();
  await fc.assert(
    fc.asyncProperty(fc.array(crashPoint, { minLength: BATCHES, maxLength: BATCHES }), async (points) => {
      const { ledger, proxy, direct } = await throughCrashProxy();
      const { target, scanId } = await beginStory(direct);
      const batches = batchesOf(SEED, scanId, BATCHES);
      for (const [index, batch] of batches.entries()) {
        const point = points[index] as CrashPoint;
        proxy.arm(point);
        const error: unknown = await recordBatch(ledger, target, batch, log).then(
          () => null,
          (reason: unknown) => reason,
        );
        const told = `${JSON.stringify(point)} in batch ${index + 1}: ${String(error)}`;
        expect(proxy.hasFired(), told).toBe(isReached(point, proxy.statements()));
        expect(error !== null, told).toBe(proxy.hasFired() && IS_FATAL[point.kind]);
        const [before, after] = [expected[index], expected[index + 1]];
        expect(await contentOf(direct), told).toEqual(error === null ? after : before);
        if (error !== null) await recordBatch(ledger, target, batch, log);
        expect(await contentOf(direct), told).toEqual(after);
      }
      expect((await verifyLedger(direct)).break).toBeNull();
      await ledger.close();
      await proxy.close();
      await direct.close();
    }),
    propertyRuns(2),
  );
});

it('a crash point can be at every statement from the first to the commit', async () => {
  const { ledger, proxy, direct } = await throughCrashProxy();
  const { target, scanId } = await beginStory(direct);
  const [batch] = batchesOf(SEED, scanId, 1);
  proxy.arm({ kind: 'lost', statement: 1_000 });
  if (batch !== undefined) await recordBatch(ledger, target, batch, log);
  const statements = proxy.statements();
  expect(statements[0]).toMatch(/^(begin|start transaction)/i);
  expect(statements.at(-1)).toBe('commit');
  expect(statements.length).toBeLessThan(MOST_STATEMENTS);
});

function isReached(point: CrashPoint, statements: readonly string[]): boolean {
  if (!('statement' in point)) return true;
  const statement = statements[point.statement - 1];
  return statement !== undefined && (point.kind !== 'refused' || statement !== 'commit');
}

/** The content before the first batch, and after each. */
async function contentsWithoutCrashes(): Promise<readonly unknown[]> {
  const ledger = await freshLedger('postgres');
  const { target, scanId } = await beginStory(ledger);
  const contents = [await contentOf(ledger)];
  for (const batch of batchesOf(SEED, scanId, BATCHES)) {
    await recordBatch(ledger, target, batch, log);
    contents.push(await contentOf(ledger));
  }
  return contents;
}
