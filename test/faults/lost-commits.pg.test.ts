import { expect, it, onTestFinished } from 'vitest';
import { openLedger } from '../../src/db/open-ledger.ts';
import { freshLedger, silent } from '../support/ledger.ts';
import { startCrashProxy } from './crash-proxy.ts';
import { startRetryLog } from './retry-log.ts';
import { plainStory, startStory } from './scan-story.ts';

it.each([
  ['and the server has committed it', 'commit_unanswered'],
  ['and the server has not got it', 'commit_lost'],
] as const)('a sync whose connection breaks when a batch is committed, %s, records nothing twice and loses nothing', async (_, kind) => {
  const direct = await freshLedger('postgres');
  const proxy = await startCrashProxy(direct.target.kind === 'postgres' ? (direct.target.url ?? '') : '');
  const ledger = await openLedger({ database: { kind: 'postgres', url: proxy.url }, mode: 'write', log: silent });
  onTestFinished(async () => {
    await ledger.close();
    await proxy.close();
  });
  const story = await startStory();
  const { log, met } = startRetryLog();
  const arm = (): void => {
    proxy.arm({ kind });
  };
  const { done } = await story.syncToMiddle(ledger, arm, { log });
  const { streams } = await done;
  expect(met()).toEqual(['Connection terminated unexpectedly']);
  expect(streams).toEqual((await plainStory()).streams);
  await story.expectFirst(direct);
  await story.expectSecond(ledger);
});
