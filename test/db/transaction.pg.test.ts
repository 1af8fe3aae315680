import { sql, type Transaction } from 'kysely';
import { expect, it, onTestFinished } from 'vitest';
import { openLedger, type Ledger } from '../../src/db/open-ledger.ts';
import type { LedgerTables } from '../../src/db/tables.ts';
import { inTransaction } from '../../src/db/transaction.ts';
import { asAdmin } from '../support/database.ts';
import { startCuttingProxy, type CuttingProxy } from '../support/cutting-proxy.ts';
import { freshLedger, LEDGER_KINDS, silent } from '../support/ledger.ts';

const options = { log: silent };

it.each(LEDGER_KINDS)('commits what the work did, and gives what it returned, in %s', async (kind) => {
  const ledger = await freshLedger(kind);
  expect(await inTransaction(ledger, (trx) => addWorkflow(trx, 'a'), options)).toBe('a');
  expect(await workflows(ledger)).toEqual(['a']);
});

it.each(LEDGER_KINDS)('leaves nothing of work that throws, and throws the same, in %s', async (kind) => {
  const ledger = await freshLedger(kind);
  const mine = new Error('mine');
  await expect(
    inTransaction(
      ledger,
      async (trx) => {
        await addWorkflow(trx, 'a');
        throw mine;
      },
      options,
    ),
  ).rejects.toBe(mine);
  expect(await workflows(ledger)).toEqual([]);
  expect(await inTransaction(ledger, (trx) => addWorkflow(trx, 'b'), options)).toBe('b');
});

it.each(LEDGER_KINDS)('tries again after a conflict, from the start, in %s', async (kind) => {
  const ledger = await freshLedger(kind);
  let tries = 0;
  await inTransaction(
    ledger,
    async (trx) => {
      tries += 1;
      await addWorkflow(trx, `try ${tries}`);
      if (tries < 3) await raise(trx, '40001');
    },
    options,
  );
  expect(tries).toBe(3);
  expect(await workflows(ledger)).toEqual(['try 3']);
});

it('resolves a deadlock', async () => {
  const ledger = await freshLedger('postgres');
  for (const id of ['a', 'b']) await inTransaction(ledger, (trx) => addWorkflow(trx, id), options);
  const both = Promise.withResolvers<undefined>();
  let waiting = 0;
  const lockBoth = (first: string, second: string): Promise<void> =>
    inTransaction(
      ledger,
      async (trx) => {
        await lock(trx, first);
        waiting += 1;
        if (waiting === 2) both.resolve(undefined);
        await both.promise;
        await lock(trx, second);
      },
      options,
    );
  await Promise.all([lockBoth('a', 'b'), lockBoth('b', 'a')]);
  // The one that lost may come back before the other has gone on, and lose again.
  expect(waiting).toBeGreaterThanOrEqual(3);
});

it('tries again with a new connection where the old one was ended', async () => {
  const ledger = await freshLedger('postgres');
  const pids: number[] = [];
  await inTransaction(
    ledger,
    async (trx) => {
      await addWorkflow(trx, 'a');
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
      pids.push(rows[0]?.pid ?? 0);
      if (pids.length === 1) await asAdmin((client) => client.query('select pg_terminate_backend($1)', pids));
      await sql`select 1`.execute(trx);
    },
    options,
  );
  expect(new Set(pids).size).toBe(2);
  expect(await workflows(ledger)).toEqual(['a']);
});

it('gives up on a conflict that does not end, and waits no longer than it should', async () => {
  const ledger = await freshLedger('postgres');
  let tries = 0;
  const attempt = inTransaction(
    ledger,
    async (trx) => {
      tries += 1;
      await raise(trx, '40P01');
    },
    options,
  );
  await expect(attempt).rejects.toMatchObject({ code: '40P01' });
  expect(tries).toBe(8);
});

it.each([
  ['53100', 'ledger_full', 'disk is full'],
  ['25006', 'ledger_read_only', 'takes no writes'],
  ['42501', 'ledger_denied', 'lacks a right'],
])('says what %s means, and does not try it again', async (sqlState, code, found) => {
  const ledger = await freshLedger('postgres');
  let tries = 0;
  const attempt = inTransaction(
    ledger,
    async (trx) => {
      tries += 1;
      await raise(trx, sqlState);
    },
    options,
  );
  await expect(attempt).rejects.toMatchObject({ code, message: expect.stringContaining(found) as string });
  expect(tries).toBe(1);
});

it('stops waiting when told to', async () => {
  const ledger = await freshLedger('postgres');
  const stop = new AbortController();
  const attempt = inTransaction(
    ledger,
    async (trx) => {
      stop.abort();
      await raise(trx, '40001');
    },
    { ...options, signal: stop.signal },
  );
  await expect(attempt).rejects.toMatchObject({ code: 'aborted' });
});

it.each(['before', 'after'] as const)('lands once where the connection breaks %s the server has committed', async (where) => {
  const { ledger, proxy } = await throughProxy();
  let tries = 0;
  proxy.cutCommit(where);
  const result = await inTransaction(
    ledger,
    async (trx) => {
      tries += 1;
      return addWorkflow(trx, `try ${tries}`);
    },
    options,
  );
  const expected = where === 'before' ? 'try 2' : 'try 1';
  expect(result).toBe(expected);
  expect(await workflows(ledger)).toEqual([expected]);
  expect(proxy.commits()).toBe(where === 'before' ? 2 : 1);
});

it('does not ask after a commit that had nothing to write', async () => {
  const { ledger, proxy } = await throughProxy();
  let tries = 0;
  proxy.cutCommit('after');
  await inTransaction(
    ledger,
    async (trx) => {
      tries += 1;
      await sql`select 1`.execute(trx);
    },
    options,
  );
  expect(tries).toBe(2);
});

async function throughProxy(): Promise<{ readonly ledger: Ledger; readonly proxy: CuttingProxy }> {
  const direct = await freshLedger('postgres');
  const proxy = await startCuttingProxy(direct.target.kind === 'postgres' ? (direct.target.url ?? '') : '');
  const ledger = await openLedger({ database: { kind: 'postgres', url: proxy.url }, mode: 'write', log: silent });
  onTestFinished(async () => {
    await ledger.close();
    await proxy.close();
  });
  return { ledger, proxy };
}

async function addWorkflow(trx: Transaction<LedgerTables>, id: string): Promise<string> {
  await sql`insert into runledger.workflows (connection, workflow_id, seen_at) values ('c', ${id}, now())`.execute(trx);
  return id;
}

async function workflows(ledger: Ledger): Promise<readonly string[]> {
  const rows = await ledger.db.selectFrom('runledger.workflows').select('workflow_id').orderBy('workflow_id').execute();
  return rows.map(({ workflow_id }) => workflow_id);
}

async function lock(trx: Transaction<LedgerTables>, id: string): Promise<void> {
  await sql`select from runledger.workflows where workflow_id = ${id} for update`.execute(trx);
}

/** Fails as the server would with that code. */
async function raise(trx: Transaction<LedgerTables>, sqlState: string): Promise<void> {
  await sql`do ${sql.lit(`begin raise exception 'made up' using errcode = '${sqlState}'; end`)}`.execute(trx);
}
