import { describe, expect, it } from 'vitest';
import { runQuery } from '../../src/publish/run-query.ts';
import { freshLedger, LEDGER_KINDS } from '../support/ledger.ts';
import { addRecord, reported } from './build-ledger.ts';
import { rowsOf } from './rows-of.ts';

/** Each tries to change something, on its own or by leaving the transaction that holds it. */
const WRITES = [
  'delete from runledger.records',
  "insert into runledger.tracked (connection, stream, record_id) values ('a', 'runs', 'b')",
  'with gone as (delete from runledger.records returning *) select * from gone',
  "update runledger.connections set label = 'x' returning *",
  'create table public.mine (a integer)',
  'create temp table mine (a integer)',
  'drop view runledger.runs',
  'truncate runledger.events',
  'commit',
  'commit; delete from runledger.records',
  'rollback; delete from runledger.records; select 1',
  'select 1; delete from runledger.records',
  'select 1) x; delete from runledger.records; select * from (select 1',
  "'; delete from runledger.records; --",
  '$$; delete from runledger.records; $$',
  'set transaction read write',
  "select set_config('transaction_read_only', 'off', true)",
  "select set_config('transaction_read_only', 'off', false)",
  'do $do$ begin delete from runledger.records; end $do$',
  "select nextval('runledger.syncs_sync_id_seq')",
  "select setval('runledger.syncs_sync_id_seq', 1000)",
  "copy (select 1) to '/tmp/runledger-query-wrote-this'",
  "copy (select 1) to program 'true'",
  'begin',
  'select 1 into public.mine',
  'explain analyze delete from runledger.records',
  'prepare p as delete from runledger.records',
  'vacuum',
  'select * from runledger.records for update',
  'lock table runledger.records',
  '',
  '-- nothing',
];

/** Each tries to leave something behind in another way. Some are answered, such as those whose effect the end of the transaction takes back. */
const TRIES = [
  'with w as (insert into runledger.tracked (connection, stream, record_id) values ($q$a$q$, $q$runs$q$, $q$b$q$) returning 1) table w',
  'with w as (update runledger.connections set label = $q$x$q$ returning 1) select * from w, runledger.runs',
  'with recursive w as (delete from runledger.records returning 1) select 1',
  'merge into runledger.tracked t using (select 1) s on false when not matched then do nothing',
  "select query_to_xml('delete from runledger.records returning 1', true, true, '')",
  "select * from query_to_xml('select nextval(''runledger.syncs_sync_id_seq'')', true, true, '')",
  'select lo_create(0)',
  "select lo_from_bytea(0, 'x')",
  'select lo_unlink(1)',
  'commit and chain',
  'commit; begin read write; delete from runledger.records; commit',
  'rollback and chain; delete from runledger.records',
  'end; delete from runledger.records',
  'abort',
  'savepoint a',
  'release savepoint a',
  'prepare transaction $q$x$q$',
  'close runledger_query',
  'fetch all from runledger_query',
  'declare mine cursor with hold for select 1',
  'execute p',
  'call pg_catalog.pg_terminate_backend(1)',
  'reset all',
  'discard all',
  'set role none',
  'set session authorization default',
  'set local transaction_read_only = off',
  'alter table runledger.events disable trigger all',
  "alter system set fsync = 'off'",
  'copy runledger.records from program $q$true$q$',
  'copy runledger.records to stdout',
  'reindex table runledger.records',
  'analyze',
  'cluster',
  'refresh materialized view runledger.runs',
  'explain (analyze) with w as (delete from runledger.records returning 1) select * from w',
  'explain analyze create table public.mine as select 1',
  'create function public.f() returns int language sql as $q$ delete from runledger.records; select 1 $q$',
  'grant select on runledger.details to public',
  "comment on table runledger.events is 'x'",
  'listen x',
  'notify x',
  'select pg_current_xact_id()',
  "security label on table runledger.events is 'x'",
  '\u0073elect 1; delete from runledger.records',
  "select lo_put(lo_create(0), 0, 'x')",
  "select pg_notify('x', 'y')",
  "select set_config('session_replication_role', 'replica', false)",
  "select set_config('search_path', 'pg_temp', false), set_config('default_transaction_read_only', 'off', false)",
  'select pg_advisory_xact_lock(1)',
  'select dblink_exec($q$dbname=postgres$q$, $q$delete from runledger.records$q$)',
];

describe.each(LEDGER_KINDS)('a query of %s', (kind) => {
  it('answers with rows that JSON can hold', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, {}, [reported('queued', '2026-03-01 10:00')]);
    expect(
      await runQuery(
        ledger,
        `select
           1 as small, 9007199254740993::bigint as big, 12.340::numeric as exact, 0.5::float8 as float, 'NaN'::float8 as odd, null as nothing, true as yes,
           timestamptz '2026-03-01 11:00:00.123456+01' as moment, date '2026-03-01' as day, '\\xff00'::bytea as bytes,
           array['a', null] as texts, array[1, 9007199254740993]::bigint[] as numbers, '{"a": [1, null]}'::jsonb as document, 'ä"' as text;`,
      ),
    ).toEqual({
      columns: [
        'small',
        'big',
        'exact',
        'float',
        'odd',
        'nothing',
        'yes',
        'moment',
        'day',
        'bytes',
        'texts',
        'numbers',
        'document',
        'text',
      ],
      rows: [
        {
          small: 1,
          big: '9007199254740993',
          exact: '12.340',
          float: 0.5,
          odd: 'NaN',
          nothing: null,
          yes: true,
          moment: '2026-03-01T10:00:00.123456Z',
          day: '2026-03-01',
          bytes: '\\xff00',
          texts: ['a', null],
          numbers: [1, '9007199254740993'],
          document: { a: [1, null] },
          text: 'ä"',
        },
      ],
      is_truncated: false,
    });
    expect(await runQuery(ledger, 'select record_id, status from runledger.runs')).toMatchObject({
      rows: [{ record_id: 'r1', status: 'queued' }],
    });
  });

  it('may be any statement that gives rows, with comments and a semicolon', async () => {
    const ledger = await freshLedger(kind);
    for (const text of [
      'values (1), (2);',
      'table runledger.runs',
      'with a as (select 1) select * from a -- all',
      'show server_version',
      'explain select 1',
      '-- first of all\nselect 1',
    ]) {
      await expect(runQuery(ledger, text)).resolves.toMatchObject({ is_truncated: false });
    }
  });

  it('gives the first rows and says that there are more', async () => {
    const ledger = await freshLedger(kind);
    const numbers = 'select n from generate_series(1, 3) n';
    expect(await runQuery(ledger, numbers, { maxRows: 2 })).toEqual({ columns: ['n'], rows: [{ n: 1 }, { n: 2 }], is_truncated: true });
    expect(await runQuery(ledger, numbers, { maxRows: 3 })).toMatchObject({ is_truncated: false });
    expect(await runQuery(ledger, numbers, { maxRows: 0 })).toEqual({ columns: [], rows: [], is_truncated: true });
    await expect(runQuery(ledger, numbers, { maxRows: -1 })).rejects.toMatchObject({ code: 'bad_argument' });
  });

  it('writes nothing, whatever it is given', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, {}, [reported('queued', '2026-03-01 10:00')]);
    const before = await contents(ledger);
    for (const text of WRITES) {
      await expect(runQuery(ledger, text), text).rejects.toMatchObject({ code: 'ledger_query' });
      expect(await contents(ledger), text).toEqual(before);
    }
    // The connection serves on, and as before.
    expect(
      await rowsOf(ledger, "insert into runledger.tracked (connection, stream, record_id) values ('a', 'runs', 'b') returning record_id"),
    ).toEqual([{ record_id: 'b' }]);
  });

  it('leaves nothing behind, whatever else is tried', async () => {
    const ledger = await freshLedger(kind);
    await addRecord(ledger, {}, [reported('queued', '2026-03-01 10:00')]);
    const before = await contents(ledger);
    for (const text of TRIES) {
      const code = await runQuery(ledger, text).then(
        () => 'answered',
        (error: unknown) => (error as { code: unknown }).code,
      );
      expect([text, code]).toEqual([text, expect.stringMatching(/^(answered|ledger_query)$/)]);
      expect(await contents(ledger), text).toEqual(before);
    }
  });

  it('leaves no setting behind', async () => {
    const ledger = await freshLedger(kind);
    await runQuery(ledger, "select set_config('TimeZone', 'Asia/Tokyo', false), set_config('role', 'none', false)");
    for (let i = 0; i < 5; i += 1) {
      expect(
        await rowsOf(ledger, "select current_setting('TimeZone') as zone, current_setting('runledger.query', true) as query"),
      ).not.toContainEqual(expect.objectContaining({ zone: 'Asia/Tokyo' }));
    }
  });

  it('is told what is wrong with it in the words of the server', async () => {
    const ledger = await freshLedger(kind);
    await expect(runQuery(ledger, 'select * from runledger.run')).rejects.toMatchObject({
      code: 'ledger_query',
      message: expect.stringContaining('relation "runledger.run" does not exist') as string,
      hint: expect.stringContaining('runledger.runs') as string,
    });
    await expect(runQuery(ledger, 'delete from runledger.records returning *')).rejects.toMatchObject({
      message: expect.stringContaining('only reading is allowed') as string,
    });
    await expect(runQuery(ledger, 'select 1; select 2')).rejects.toMatchObject({
      message: expect.stringContaining('not one query') as string,
    });
    await expect(runQuery(ledger, "select 'a\u0000b'")).rejects.toMatchObject({ code: 'ledger_query' });
  });

  it('is told of the rights that a reader can be given, and of those that none is', async () => {
    const ledger = await freshLedger(kind);
    const role = `no_reader_${Math.random().toString(36).slice(2, 8)}`;
    await rowsOf(ledger, `create role ${role}`);
    await rowsOf(ledger, `grant usage on schema runledger to ${role}`);
    try {
      await ledger.db.connection().execute(async (db) => {
        const asRole = { ...ledger, db };
        await rowsOf(asRole, `set role ${role}`);
        const hintOf = async (name: string): Promise<unknown> =>
          runQuery(asRole, `select * from ${name}`).catch((error: unknown) => (error as { hint: unknown }).hint);
        for (const name of ['runs', 'failures', 'events', 'sync_streams']) {
          expect(await hintOf(`runledger.${name}`), name).toMatch(
            /^The owner of the ledger gives the rights to read with what `runledger grants/,
          );
        }
        for (const name of ['details', 'rejections', 'record_salts', 'ledger_head']) {
          expect(await hintOf(`runledger.${name}`), name).toMatch(/^No reader of the ledger is given this/);
        }
        await rowsOf(asRole, 'reset role');
        await rowsOf(asRole, `revoke usage on schema runledger from ${role}`);
        await rowsOf(asRole, `set role ${role}`);
        expect(await hintOf('runledger.runs')).toMatch(/`runledger grants <role>` prints/);
        await rowsOf(asRole, 'reset role');
      });
    } finally {
      await rowsOf(ledger, `drop owned by ${role}`);
      await rowsOf(ledger, `drop role ${role}`);
    }
  });

  async function contents(ledger: Parameters<typeof rowsOf>[0]): Promise<unknown> {
    return rowsOf(
      ledger,
      `select
         (select count(*) from runledger.records) as records,
         (select count(*) from runledger.tracked) as tracked,
         (select count(*) from runledger.events) as events,
         (select count(*) from pg_class where relnamespace in ('runledger'::regnamespace, 'public'::regnamespace)) as relations,
         (select last_value from runledger.syncs_sync_id_seq) as sequence,
         (select label from runledger.connections) as label,
         (select count(*) from pg_largeobject_metadata) as large_objects,
         (select count(*) from pg_proc where pronamespace in ('runledger'::regnamespace, 'public'::regnamespace)) as functions,
         (select array_agg(tgenabled order by tgname) from pg_trigger where tgrelid = 'runledger.events'::regclass and not tgisinternal) as triggers,
         (select relacl::text from pg_class where oid = 'runledger.details'::regclass) as grants,
         obj_description('runledger.events'::regclass, 'pg_class') as comment,
         (select count(*) from pg_listening_channels()) as channels,
         (select count(*) from pg_cursors where name <> '') as cursors,
         current_setting('session_replication_role') as replication_role,
         current_setting('search_path') as search_path,
         current_setting('fsync') as fsync`,
    );
  }
});
