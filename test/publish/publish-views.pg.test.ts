import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { openLedger, type Ledger } from '../../src/db/open-ledger.ts';
import { grantStatements } from '../../src/publish/grants.ts';
import { publishViews } from '../../src/publish/publish-views.ts';
import { readHistory } from '../../src/publish/read-history.ts';
import { readReport } from '../../src/publish/read-report.ts';
import { readStatus } from '../../src/publish/read-status.ts';
import { findRecords } from '../../src/publish/find-records.ts';
import { readViewFiles } from '../../src/publish/view-files.ts';
import { asAdmin } from '../support/database.ts';
import { freshLedger, LEDGER_KINDS, silent } from '../support/ledger.ts';
import { addRecord, at, reported } from './build-ledger.ts';
import { rowsOf } from './rows-of.ts';

async function dropViews(ledger: Ledger): Promise<void> {
  for (const { view } of readViewFiles()) await sql.raw(`drop view if exists runledger.${view} cascade`).execute(ledger.db);
}

async function viewCount(ledger: Ledger): Promise<unknown> {
  const [row] = await rowsOf(
    ledger,
    "select count(*)::integer as count from pg_class where relnamespace = 'runledger'::regnamespace and relkind = 'v'",
  );
  return row?.['count'];
}

/** As many connections of their own as are asked for. */
async function others(ledger: Ledger, count: number): Promise<readonly Ledger[]> {
  return Promise.all(Array.from({ length: count }, () => openLedger({ database: ledger.target, mode: 'write', log: silent })));
}

describe.each(LEDGER_KINDS)('publishing the views in %s', (kind) => {
  it('makes them all, and does nothing where nothing changed', async () => {
    const ledger = await freshLedger(kind);
    expect(await publishViews(ledger)).toBe(false);
    await dropViews(ledger);
    expect(await publishViews(ledger)).toBe(true);
    expect(await viewCount(ledger)).toBe(readViewFiles().length);
    expect(await publishViews(ledger)).toBe(false);
  });

  it('replaces them in place when a file has changed, so that what hangs on them stays', async () => {
    const ledger = await freshLedger(kind);
    await rowsOf(ledger, 'create view public.model as select record_id from runledger.runs');
    await rowsOf(ledger, "comment on schema runledger is 'the views of a release before'");
    expect(await publishViews(ledger)).toBe(true);
    expect(await rowsOf(ledger, 'select * from public.model')).toEqual([]);
  });

  it('leaves everything as it was when one of them cannot be replaced', async () => {
    const ledger = await freshLedger(kind);
    await dropViews(ledger);
    await rowsOf(ledger, 'create view runledger.sync_health as select 1 as something_else');
    await expect(publishViews(ledger)).rejects.toMatchObject({
      code: 'ledger_behind',
      message: expect.stringContaining('70_sync_health.sql') as string,
      hint: expect.stringContaining('drop it') as string,
    });
    expect(await viewCount(ledger)).toBe(1);
  });
});

describe('publishing the views on a server', () => {
  it('lets two at once wait for each other', async () => {
    const ledger = await freshLedger('postgres');
    await dropViews(ledger);
    const publishers = await others(ledger, 3);
    try {
      const published = await Promise.all(publishers.map((publisher) => publishViews(publisher)));
      expect(published.sort()).toEqual([false, false, true]);
    } finally {
      for (const publisher of publishers) await publisher.close();
    }
  });

  it('disturbs no reader where nothing changed', async () => {
    const ledger = await freshLedger('postgres');
    const [publisher] = await others(ledger, 1);
    if (publisher === undefined) throw new TypeError('one was asked for');
    try {
      await ledger.db.transaction().execute(async (trx) => {
        await rowsOf({ ...ledger, db: trx }, 'select * from runledger.runs');
        expect(await publishViews(publisher)).toBe(false);
      });
    } finally {
      await publisher.close();
    }
  });
});

describe('a reading role', () => {
  it('reads the views and the facts with the reading commands, and no contents', async () => {
    const ledger = await freshLedger('postgres');
    const role = `reader "of" ${Math.random().toString(36).slice(2, 8)}`;
    const quoted = `"${role.replaceAll('"', '""')}"`;
    await addRecord(ledger, {}, [reported('failed', '2026-03-01 10:00', { error: 'no' })]);
    await rowsOf(ledger, `create role ${quoted}`);
    try {
      await rowsOf(ledger, grantStatements(role));
      await ledger.db.connection().execute(async (connection) => {
        const asReader = { ...ledger, db: connection };
        await rowsOf(asReader, `set role ${quoted}`);
        for (const { view } of readViewFiles()) await rowsOf(asReader, `select * from runledger.${view}`);
        for (const table of ['events', 'records', 'attempts', 'syncs', 'sync_streams', 'migrations']) {
          await rowsOf(asReader, `select * from runledger.${table}`);
        }
        for (const table of ['details', 'rejections', 'record_salts', 'responses', 'connections', 'ledger_head']) {
          await expect(rowsOf(asReader, `select * from runledger.${table}`)).rejects.toMatchObject({ code: '42501' });
        }
        await expect(rowsOf(asReader, 'delete from runledger.records')).rejects.toMatchObject({ code: '42501' });
        const now = at('2026-03-02 00:00');
        expect((await readStatus(asReader, { now })).streams).toHaveLength(1);
        expect(await findRecords(asReader, 'r1')).toHaveLength(1);
        expect((await readHistory(asReader, { connection: 'noxus-main', stream: 'runs', recordId: 'r1' }))?.attempts).toMatchObject([
          { error: 'no' },
        ]);
        const report = await readReport(asReader, { since: at('2026-03-01 00:00'), until: now, by: 'workflow', timeZone: 'UTC' });
        expect(report.rows).toMatchObject([{ failed_count: 1 }]);
        expect(await publishViews(asReader)).toBe(false);
        await rowsOf(asReader, 'reset role');
      });
    } finally {
      await rowsOf(ledger, `drop owned by ${quoted}`);
      await asAdmin((client) => client.query(`drop role ${quoted}`));
    }
  });
});
