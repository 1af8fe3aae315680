import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { freshLedger, LEDGER_KINDS } from '../support/ledger.ts';
import { addRecord, addSighting, at, noted, reported, seen } from './build-ledger.ts';
import { rowsOf } from './rows-of.ts';

describe.each(LEDGER_KINDS)('open records in %s', (kind) => {
  const START = '2026-03-01 10:00:00';
  const THRESHOLD = 'record_id, age_seconds, threshold_seconds, threshold_source, is_stuck';

  it('are held against the limit of the source, the setting, their workflow, or a day, whichever is there first', async () => {
    const ledger = await freshLedger(kind);
    for (let i = 1; i <= 20; i += 1) {
      await addRecord(ledger, { recordId: `past-${i}`, facts: { workflow_id: 'known' } }, [
        reported('queued', START),
        reported('running', '2026-03-01 10:00:40'),
        reported('succeeded', '2026-03-01 10:01:40'),
      ]);
    }
    for (let i = 1; i <= 19; i += 1) {
      await addRecord(ledger, { recordId: `few-${i}`, facts: { workflow_id: 'too-few' } }, [
        reported('running', START),
        reported('succeeded', '2026-03-01 10:00:01'),
      ]);
    }
    const open = async (recordId: string, facts: Record<string, unknown>, status: 'queued' | 'running' = 'running'): Promise<void> => {
      await addRecord(ledger, { recordId, facts }, [reported(status, START)]);
      await addSighting(ledger, { recordId, lastReadAt: at('2026-03-01 10:04:00') });
    };
    await open('a-limit', { workflow_id: 'known', time_limit_seconds: 200 });
    await open('b-history', { workflow_id: 'known' });
    await open('c-queued', { workflow_id: 'known', time_limit_seconds: 200 }, 'queued');
    await open('d-few', { workflow_id: 'too-few' });
    await open('e-none', {});
    expect(await rowsOf(ledger, `select ${THRESHOLD} from runledger.open_records order by record_id`)).toEqual([
      { record_id: 'a-limit', age_seconds: 240, threshold_seconds: 200, threshold_source: 'source_limit', is_stuck: true },
      // It has run for 60 s, 20 times.
      { record_id: 'b-history', age_seconds: 240, threshold_seconds: 180, threshold_source: 'workflow_history', is_stuck: true },
      // A limit of running time says nothing of a queue; from queued to finished it took 100 s.
      { record_id: 'c-queued', age_seconds: 240, threshold_seconds: 300, threshold_source: 'workflow_history', is_stuck: false },
      { record_id: 'd-few', age_seconds: 240, threshold_seconds: 86400, threshold_source: 'default', is_stuck: false },
      { record_id: 'e-none', age_seconds: 240, threshold_seconds: 86400, threshold_source: 'default', is_stuck: false },
    ]);
    await sql`update runledger.connections set stuck_after_seconds = 240`.execute(ledger.db);
    expect(await rowsOf(ledger, `select ${THRESHOLD} from runledger.open_records order by record_id limit 2`)).toEqual([
      { record_id: 'a-limit', age_seconds: 240, threshold_seconds: 200, threshold_source: 'source_limit', is_stuck: true },
      // As long as allowed is not longer than allowed.
      { record_id: 'b-history', age_seconds: 240, threshold_seconds: 240, threshold_source: 'stuck_after', is_stuck: false },
    ]);
  });

  it('have the whole times of their workflow for a threshold where no source shows when runs start', async () => {
    const ledger = await freshLedger(kind);
    for (let i = 1; i <= 20; i += 1) {
      await addRecord(ledger, { recordId: `past-${i}`, facts: { workflow_id: 'w' } }, [
        reported('queued', START),
        reported('succeeded', '2026-03-01 10:01:00'),
      ]);
    }
    await addRecord(ledger, { recordId: 'open', facts: { workflow_id: 'w' } }, [seen('running', null, START)]);
    expect(await rowsOf(ledger, 'select threshold_seconds, threshold_source from runledger.open_records')).toEqual([
      { threshold_seconds: 180, threshold_source: 'workflow_history' },
    ]);
  });

  it('are never stuck while they wait for a person or an approval', async () => {
    const ledger = await freshLedger(kind);
    for (const reason of ['waiting_for_person', 'waiting_for_approval', 'quota'] as const) {
      await addRecord(ledger, { recordId: reason }, [reported('running', START, { reason })]);
      await addSighting(ledger, { recordId: reason, lastReadAt: at('2026-04-01 10:00') });
    }
    expect(await rowsOf(ledger, 'select record_id from runledger.open_records where is_stuck')).toEqual([{ record_id: 'quota' }]);
  });

  it('age to their last reading and not beyond, and show what the source last said', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, {}, [reported('queued', '2026-03-01 09:00'), reported('running', START)]);
    await addSighting(ledger, {
      lastReadAt: at('2026-03-01 11:00'),
      missingSinceAt: at('2026-03-01 12:00'),
      progressPercent: 40,
      lastActivity: 'step 2',
    });
    await addRecord(ledger, { recordId: 'done' }, [reported('succeeded', START)]);
    await addRecord(ledger, { recordId: 'gone' }, [reported('running', START), noted('disappeared', START, '2026-03-01 11:00')]);
    await addRecord(ledger, { recordId: 'odd' }, [seen(null, START, '2026-03-01 10:30', { word: 'strange' })]);
    expect(await rowsOf(ledger, 'select * from runledger.open_records order by record_id')).toMatchObject([
      { record_id: 'odd', status: null, source_status: 'strange', age_seconds: 0, threshold_source: 'default' },
      {
        record_id: 'r1',
        age_seconds: 3600,
        last_read_at: at('2026-03-01 11:00'),
        missing_since_at: at('2026-03-01 12:00'),
        progress_percent: 40,
        last_activity: 'step 2',
      },
    ]);
  });
});
