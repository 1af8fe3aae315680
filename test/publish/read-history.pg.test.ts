import { describe, expect, it } from 'vitest';
import { findRecords } from '../../src/publish/find-records.ts';
import { readHistory } from '../../src/publish/read-history.ts';
import { freshLedger, LEDGER_KINDS } from '../support/ledger.ts';
import { addRecord, at, nameWorkflow, reported, seen } from './build-ledger.ts';

describe.each(LEDGER_KINDS)('a record looked for in %s', (kind) => {
  it('is found by its bare id in every connection and stream, or by its whole key', async () => {
    const ledger = await freshLedger(kind);
    const step = [reported('queued', '2026-03-01 10:00')];
    await addRecord(ledger, { recordId: 'x' }, step);
    await addRecord(ledger, { recordId: 'x', stream: 'documents' }, step);
    await addRecord(ledger, { recordId: 'x', connection: 'other' }, step);
    await addRecord(ledger, { recordId: 'X' }, step);
    await addRecord(ledger, { recordId: 'folder/x' }, step);
    const found = async (text: string): Promise<readonly string[]> => (await findRecords(ledger, text)).map(({ record_key }) => record_key);
    expect(await found('x')).toEqual(['noxus-main/documents/x', 'noxus-main/runs/x', 'other/runs/x']);
    expect(await found('X')).toEqual(['noxus-main/runs/X']);
    expect(await found('other/runs/x')).toEqual(['other/runs/x']);
    expect(await found('folder/x')).toEqual(['noxus-main/runs/folder/x']);
    expect(await found('noxus-main/runs/folder/x')).toEqual(['noxus-main/runs/folder/x']);
    for (const text of ['', 'y', 'noxus-main/runs/y', 'noxus-main/runs', "' or true --", 'x\u0000']) expect(await found(text)).toEqual([]);
  });

  it('takes an id that looks like the key of another for either', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, { recordId: 'a' }, [reported('queued', '2026-03-01 10:00')]);
    await addRecord(ledger, { recordId: 'noxus-main/runs/a', stream: 'documents' }, [reported('queued', '2026-03-01 10:00')]);
    expect(await findRecords(ledger, 'noxus-main/runs/a')).toMatchObject([
      { stream: 'documents', record_id: 'noxus-main/runs/a' },
      { stream: 'runs', record_id: 'a', status: 'queued', is_present: true },
    ]);
  });
});

describe.each(LEDGER_KINDS)('the history of a record in %s', (kind) => {
  it('has the record, its attempts, and every event with the answer that evidences it', async () => {
    const ledger = await freshLedger(kind);
    await nameWorkflow(ledger, 'w1', 'Import');
    await addRecord(ledger, { facts: { workflow_id: 'w1' } }, [
      reported('queued', '2026-03-01 10:00'),
      seen('failed', '2026-03-01 10:05', '2026-03-01 10:06', { error: 'no', anomalies: ['clock_skew'] }),
    ]);
    await addRecord(ledger, { recordId: 'another' }, [reported('queued', '2026-03-01 10:00')]);
    const history = await readHistory(ledger, { connection: 'noxus-main', stream: 'runs', recordId: 'r1' });
    expect(history).toMatchObject({
      record: {
        record_key: 'noxus-main/runs/r1',
        status: 'failed',
        workflow_name: 'Import',
        error: 'no',
        confirmed_at: at('2026-03-01 10:06'),
      },
      attempts: [{ attempt: 1, outcome: 'failed', error: 'no', total_low_seconds: 300, total_seconds: 330, total_high_seconds: 360 }],
      events: [
        { position: 1n, sequence: 1, event_type: 'discovered', to_status: 'queued', facts: { workflow_id: 'w1' }, anomalies: [] },
        {
          position: 2n,
          sequence: 2,
          event_type: 'status_changed',
          from_status: 'queued',
          to_status: 'failed',
          earliest_at: at('2026-03-01 10:05'),
          latest_at: at('2026-03-01 10:06'),
          anomalies: ['clock_skew'],
          runledger_version: '0.1.0',
          response_method: 'GET',
          response_path: '/v1/runs/r1',
          response_page: null,
          response_status: 200,
          response_request_id: 'request-of-r1',
          response_sent_at: at('2026-03-01 10:05'),
          response_received_at: at('2026-03-01 10:06'),
        },
      ],
    });
    expect(history?.events).toHaveLength(2);
  });

  it('is nothing where there is no such record', async () => {
    const ledger = await freshLedger(kind);
    expect(await readHistory(ledger, { connection: 'noxus-main', stream: 'runs', recordId: 'r1' })).toBeNull();
  });
});
