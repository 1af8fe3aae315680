import { describe, expect, it } from 'vitest';
import { freshLedger, LEDGER_KINDS } from '../support/ledger.ts';
import { addRecord, at, nameWorkflow, noted, reported, seen } from './build-ledger.ts';
import { rowsOf } from './rows-of.ts';

const GONE = noted('disappeared', '2026-03-01 11:00', '2026-03-01 12:00');

describe.each(LEDGER_KINDS)('a disappearance in %s', (kind) => {
  it('stands with its record, what it was by then, and the answer that proves it', async () => {
    const ledger = await freshLedger(kind);
    await nameWorkflow(ledger, 'w1', 'Import');
    await addRecord(ledger, { facts: { workflow_id: 'w1', collection_id: 'kb' } }, [
      reported('queued', '2026-03-01 10:00'),
      reported('running', '2026-03-01 10:01', { word: 'busy', reason: 'quota' }),
      GONE,
    ]);
    const [{ sync_id: syncId } = {}] = await rowsOf(ledger, 'select sync_id from runledger.events limit 1');
    expect(await rowsOf(ledger, 'select * from runledger.disappearances')).toMatchObject([
      {
        connector: 'noxus',
        record_key: 'noxus-main/runs/r1',
        position: 3n,
        sequence: 3,
        attempt: 1,
        status: 'running',
        source_status: 'busy',
        status_reason: 'quota',
        outcome: 'disappeared',
        last_seen_at: at('2026-03-01 11:00'),
        proven_at: at('2026-03-01 12:00'),
        response_method: 'GET',
        response_path: '/v1/runs/r1',
        response_status: 404,
        response_received_at: at('2026-03-01 12:00'),
        sync_id: syncId,
        has_reappeared: false,
        reappeared_at: null,
        reappeared_position: null,
        workflow_id: 'w1',
        workflow_name: 'Import',
        collection_id: 'kb',
        is_present: false,
      },
    ]);
  });

  it('has the outcome that its attempt had by then, whatever came later', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, { recordId: 'a' }, [reported('failed', '2026-03-01 10:00'), GONE]);
    await addRecord(ledger, { recordId: 'b' }, [
      reported('succeeded', '2026-03-01 10:00'),
      seen(null, '2026-03-01 10:05', '2026-03-01 10:10', { word: 'odd' }),
      GONE,
    ]);
    await addRecord(ledger, { recordId: 'c' }, [
      reported('failed', '2026-03-01 10:00'),
      seen(null, '2026-03-01 10:05', '2026-03-01 10:10', { type: 'reopened', word: 'odd' }),
      GONE,
    ]);
    await addRecord(ledger, { recordId: 'd' }, [
      reported('running', '2026-03-01 10:00'),
      GONE,
      noted('reappeared', '2026-03-01 13:00', '2026-03-01 14:00'),
      reported('succeeded', '2026-03-01 15:00'),
    ]);
    expect(await rowsOf(ledger, 'select record_id, status, outcome, is_present from runledger.disappearances order by record_id')).toEqual([
      { record_id: 'a', status: 'failed', outcome: 'failed', is_present: false },
      // A word that nobody understands took nothing back.
      { record_id: 'b', status: null, outcome: 'succeeded', is_present: false },
      { record_id: 'c', status: null, outcome: 'disappeared', is_present: false },
      { record_id: 'd', status: 'running', outcome: 'disappeared', is_present: true },
    ]);
  });

  it('tells its own return and not that of another disappearance', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, {}, [
      reported('running', '2026-03-01 10:00'),
      GONE,
      noted('reappeared', '2026-03-01 13:00', '2026-03-01 14:00'),
      noted('disappeared', '2026-03-01 15:00', '2026-03-01 16:00'),
      noted('reappeared', '2026-03-01 17:00', '2026-03-01 18:00'),
      noted('disappeared', '2026-03-01 19:00', '2026-03-01 20:00'),
    ]);
    const columns = 'position, has_reappeared, reappeared_at, reappeared_earliest_at, reappeared_latest_at, reappeared_position';
    expect(await rowsOf(ledger, `select ${columns} from runledger.disappearances order by position`)).toEqual([
      returned(2n, 3n, '13:00', '14:00'),
      returned(4n, 5n, '17:00', '18:00'),
      {
        position: 6n,
        has_reappeared: false,
        reappeared_at: null,
        reappeared_earliest_at: null,
        reappeared_latest_at: null,
        reappeared_position: null,
      },
    ]);
  });
});

function returned(position: bigint, reappearedPosition: bigint, earliest: string, latest: string): Record<string, unknown> {
  return {
    position,
    has_reappeared: true,
    reappeared_at: at(`2026-03-01 ${latest}`),
    reappeared_earliest_at: at(`2026-03-01 ${earliest}`),
    reappeared_latest_at: at(`2026-03-01 ${latest}`),
    reappeared_position: reappearedPosition,
  };
}
