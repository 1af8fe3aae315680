import { expect, it } from 'vitest';
import { startRetryLog } from './retry-log.ts';
import { plainStory, startStory } from './scan-story.ts';
import { throughCrashProxy } from './through-crash-proxy.ts';

it.each([
  ['and the server has committed it', 'commit_unanswered'],
  ['and the server has not got it', 'commit_lost'],
] as const)('a sync whose connection breaks when a batch is committed, %s, records nothing twice and loses nothing', async (_, kind) => {
  const { ledger, proxy, direct } = await throughCrashProxy();
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
