import { sql } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { openLedger } from '../../src/db/open-ledger.ts';
import { freshLedger, silent } from '../support/ledger.ts';
import { startBlocking } from './blocking-session.ts';
import { startRetryLog } from './retry-log.ts';
import { plainStory, startStory } from './scan-story.ts';

it('a sync of which a batch is the victim of a deadlock goes on as if nothing had been', async () => {
  const direct = await freshLedger('postgres');
  const url = direct.target.kind === 'postgres' ? (direct.target.url ?? '') : '';
  // Who looks for a deadlock first is its victim, and the other session does not look.
  const impatient = `${url}${url.includes('?') ? '&' : '?'}options=${encodeURIComponent('-c deadlock_timeout=10ms')}`;
  const ledger = await openLedger({ database: { kind: 'postgres', url: impatient }, mode: 'write', log: silent });
  onTestFinished(() => ledger.close());
  const story = await startStory();
  const { log, met } = startRetryLog();
  const gate = await startBlocking(url);
  const { done } = await story.syncToMiddle(ledger, () => gate.run('lock table runledger.records in access exclusive mode'), { log });
  // The batch has locked its stream and has not come to the head yet. Another session takes both the other way round.
  await gate.untilBlocking();
  const other = await startBlocking(url);
  await other.run('select from runledger.ledger_head for update');
  const both = other.run('select from runledger.streams for update');
  await other.untilBlocked();
  await gate.release();
  await both;
  await other.release();

  expect((await done).streams).toEqual((await plainStory()).streams);
  expect(met()).toEqual(['40P01']);
  await story.expectFirst(ledger);
  await story.expectSecond(ledger);
});

it('a sync whose every batch fails to serialize, and does not when it is tried again, goes on as if nothing had been', async () => {
  const ledger = await freshLedger('postgres');
  // A sequence counts on whatever is rolled back.
  await sql`create sequence public.tries`.execute(ledger.db);
  await sql`
    create function public.fail_to_serialize() returns trigger language plpgsql as $$
    begin
      if nextval('public.tries') % 2 = 1 then
        raise 'could not serialize access due to concurrent update' using errcode = '40001';
      end if;
      return null;
    end $$`.execute(ledger.db);
  await sql`
    create trigger fail_to_serialize after insert on runledger.events
    for each statement execute function public.fail_to_serialize()`.execute(ledger.db);
  const story = await startStory();
  const { log, met } = startRetryLog();
  expect((await story.sync(ledger, { log })).streams).toEqual((await plainStory()).streams);
  expect(new Set(met())).toEqual(new Set(['40001']));
  expect(met().length).toBeGreaterThan(2);
  await story.expectFirst(ledger);
  await story.expectSecond(ledger);
});
