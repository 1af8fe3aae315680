import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EventType } from '../../src/model/event.ts';
import { readViewFiles } from '../../src/publish/view-files.ts';
import { freshLedger } from '../support/ledger.ts';
import { addRecord, at, noted, seen } from './build-ledger.ts';
import { rowsOf } from './rows-of.ts';

const RUNS = Number(process.env['PROPERTY_RUNS'] ?? 150);
const SEED = Number(process.env['PROPERTY_SEED'] ?? 1);

/** What may come next in a life, whatever came before it: legal or not, understood or not. */
const STEP = fc.record({
  type: fc.constantFrom('status_changed', 'status_changed', 'status_changed', 'reopened', 'reclassified', 'amended', 'gone or back'),
  status: fc.constantFrom('queued', 'running', 'succeeded', 'failed', 'cancelled', null),
  word: fc.constantFrom('a', 'b', null),
  isSameAnswer: fc.boolean(),
  lateTime: fc.constantFrom('step_count', 'attempt_queued_at', 'attempt_started_at', 'attempt_finished_at'),
});

/** The view as it would be if it took the long way, made for odd lives, for every record. */
function longWay(): string {
  const text = readViewFiles().find(({ view }) => view === 'status_history')?.text ?? '';
  const everyone = 'with odd as (select connection, stream, record_id from runledger.events), said as (';
  const query = text.slice(text.indexOf('create or replace view'), text.indexOf('comment on view'));
  return query
    .replace('create or replace view runledger.status_history', 'create view public.long_way')
    .replace(/with odd as not materialized \([\s\S]*?\), said as \(/, everyone);
}

describe('the stays of any life', () => {
  it('end in the status of the record while it is present, and are the same whichever way they are read out', async () => {
    const ledger = await freshLedger('postgres');
    const lives = fc.sample(fc.array(STEP, { maxLength: 10 }), { numRuns: RUNS, seed: SEED });
    for (const [index, life] of lives.entries()) {
      let isPresent = true;
      let minute = 0;
      const steps = [seen('queued', null, '2026-03-01 10:00')];
      for (const { type, status, word, isSameAnswer, lateTime } of life) {
        const latest = `2026-03-01 10:${String((minute += 2)).padStart(2, '0')}`;
        const earliest = `2026-03-01 10:${String(minute - 1).padStart(2, '0')}`;
        if (type === 'gone or back' || !isPresent) {
          steps.push(noted(isPresent ? 'disappeared' : 'reappeared', earliest, latest));
          isPresent = !isPresent;
        } else if (type === 'amended') {
          steps.push(noted('amended', earliest, latest, { facts: { [lateTime]: lateTime === 'step_count' ? minute : at(earliest) } }));
        } else {
          steps.push(seen(status, earliest, latest, { type: type as EventType, word, isSameAnswer }));
        }
      }
      await addRecord(ledger, { recordId: `r${index}` }, steps);
    }
    const broken = await rowsOf(
      ledger,
      `select r.record_id, r.is_present, r.status, r.attempt, r.source_status, h.status as stay_status, h.attempt as stay_attempt, h.source_status as stay_word
       from runledger.records r
       left join runledger.status_history h on h.connection = r.connection and h.stream = r.stream and h.record_id = r.record_id and h.is_current
       where (h.record_id is not null) <> r.is_present
         or r.is_present and (h.status, h.attempt, h.source_status) is distinct from (r.status, r.attempt, r.source_status)`,
    );
    expect(broken).toEqual([]);
    const [count] = await rowsOf(ledger, 'select count(*)::integer as count from runledger.status_history where is_current');
    expect(count?.['count']).toBeGreaterThan(RUNS / 2);
    await rowsOf(ledger, longWay());
    const differing = 'select * from runledger.status_history except select * from public.long_way';
    expect(await rowsOf(ledger, differing)).toEqual([]);
    const counts = 'select (select count(*) from runledger.status_history) - (select count(*) from public.long_way) as difference';
    expect(await rowsOf(ledger, counts)).toEqual([{ difference: 0n }]);
  });
});
