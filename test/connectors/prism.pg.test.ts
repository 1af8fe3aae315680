import { sql } from 'kysely';
import { describe, expect, test } from 'vitest';
import { CONNECTORS } from '../../src/connectors/connectors.ts';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { SyncStreamResult } from '../../src/model/sync-result.ts';
import { defineConnection } from '../../src/sync/define-connection.ts';
import { sync } from '../../src/sync/sync.ts';
import { verifyLedger } from '../../src/sync/verify.ts';
import { freshLedger } from '../support/ledger.ts';
import { operationsOf } from '../support/openapi-validator.ts';
import { startPrism, type Narrowing, type PrismOptions, type PrismServer } from '../support/prism-server.ts';

/*
 * Each connector against a server that nobody wrote with it in mind: Prism, made of the description of the API alone. Its answers are as described, and
 * nothing else about them is true: it knows no pages, so every offset shows the same rows, beside any total, any echo of the offset, and any order of
 * the times of one record.
 */

interface Source extends Pick<PrismOptions, 'api' | 'generation'> {
  readonly title: string;
  readonly connector: string;
  /** The field that names the account, the one that counts rows, the lists that hold them, and those by which a record is known. */
  readonly fields: { readonly account: string; readonly total: string; readonly rows: readonly string[]; readonly ids: readonly string[] };
}

const SOURCES: readonly Source[] = [
  { title: 'Noxus', connector: 'noxus', api: 'noxus', fields: { account: 'group_id', total: 'total', rows: ['items'], ids: ['id'] } },
  {
    title: 'Morphik',
    connector: 'morphik',
    api: 'morphik',
    fields: { account: 'app_id', total: 'total_count', rows: ['documents'], ids: ['id', 'external_id'] },
  },
  ...([1, 2] as const).map((generation): Source => {
    const fields = { account: 'tenant_id', total: 'total', rows: ['items'], ids: ['id', 'workflow_id'] };
    return { title: `Knowledge Stack ${generation}`, connector: 'knowledge_stack', api: 'knowledgestack', generation, fields };
  }),
];

const ACCOUNT = '7f1b4d1e-0000-4000-8000-000000000001';

/** Without this, whatever is read next belongs to somebody else, and is refused. */
function oneAccount({ fields }: Source): Narrowing {
  return { [fields.account]: { enum: [ACCOUNT] } };
}

/** Lists whose total is their rows, so that they end. */
function listsOf(rows: number, { fields }: Source): Narrowing {
  const lists = fields.rows.map((name) => [name, { minItems: rows, maxItems: rows }]);
  return { [fields.total]: { enum: [rows] }, ...(Object.fromEntries(lists) as Narrowing) };
}

/** Moments that a source could mean, in no order: those that Prism thinks of lie before 1970 and are taken for placeholders. */
const TIMES: Narrowing = Object.fromEntries(
  [
    'created_at',
    'updated_at',
    'started_at',
    'finished_at',
    'completed_at',
    'last_run_timestamp',
    'last_state_update_timestamp',
    'start_time',
    'close_time',
  ].map((name) => [
    name,
    { enum: ['2026-03-01T09:00:00Z', '2026-03-01T09:00:00.000001Z', '2026-03-02T10:30:00.5Z', '2026-03-04T00:00:00'] },
  ]),
);

/** A sync that does not end is ended, and is then `interrupted`. */
const LONGEST_MS = 60_000;

async function syncWith(
  ledger: Ledger,
  prism: PrismServer,
  { connector: name }: Source,
  full: boolean,
): Promise<readonly SyncStreamResult[]> {
  const connector = CONNECTORS[name];
  if (connector === undefined) throw new Error(`There is no connector ${name}.`);
  const settings = defineConnection({ connector, apiKey: 'a-key', baseUrl: prism.url, requests: { perSecond: Infinity } });
  const { streams } = await sync(ledger, { connections: [settings], full, signal: AbortSignal.timeout(LONGEST_MS) });
  expect(streams.map(({ stream }) => stream)).toEqual(['runs', 'documents']);
  return streams;
}

/** That each stream succeeded, or says of this server what is true of it. */
function expectTrueOutcomes(streams: readonly SyncStreamResult[]): void {
  const others = streams.filter(({ status, error }) => status !== 'succeeded' && !(status === 'failed' && isTrueOfMock(error?.code)));
  expect(others.map(({ stream, status, error }) => ({ stream, status, error }))).toEqual([]);
}

/** It shows the same rows whatever is asked for; and, without any, no counts either, which Morphik does when its database fails. */
function isTrueOfMock(code: string | undefined): boolean {
  return code === 'source_repeats' || code === 'source_unavailable';
}

/** That nothing was asked that the source has not, in any generation, nor in a way in which it cannot be asked; and that the ledger keeps its laws. */
async function expectSound(ledger: Ledger, prism: PrismServer, { api }: Source): Promise<void> {
  const patterns = operationsOf(api).map((operation) => new RegExp(`^${operation.replaceAll(/\{\w+\}/g, '[^/]+')}$`));
  expect(prism.requests.filter((request) => !patterns.some((pattern) => pattern.test(request)))).toEqual([]);
  expect(prism.violations).toEqual([]);
  expect((await verifyLedger(ledger)).break).toBeNull();
}

describe.each(SOURCES)('$title, read from its description alone', (source) => {
  test('is recorded once, by requests that are as described', async () => {
    const prism = await startPrism({ ...source, mode: 'static', narrowed: { ...oneAccount(source), ...listsOf(1, source) } });
    const ledger = await freshLedger('postgres');
    const first = await syncWith(ledger, prism, source, false);
    expect(first).toMatchObject(Array(2).fill({ status: 'succeeded', error: null, rejected_count: 0, new_count: 1 }));
    const second = await syncWith(ledger, prism, source, true);
    expect(second).toMatchObject(Array(2).fill({ status: 'succeeded', error: null, rejected_count: 0, appended_count: 0 }));
    const { rows } = await sql`select stream, status is not null as is_understood from runledger.records order by stream`.execute(
      ledger.db,
    );
    expect(rows).toEqual([
      { stream: 'documents', is_understood: true },
      { stream: 'runs', is_understood: true },
    ]);
    await expectSound(ledger, prism, source);
  });

  test('is read to an end where the total denies the rows', async () => {
    const prism = await startPrism({ ...source, mode: 'static' });
    const ledger = await freshLedger('postgres');
    for (const full of [false, true]) expectTrueOutcomes(await syncWith(ledger, prism, source, full));
    await expectSound(ledger, prism, source);
  });

  test('is recorded whatever the values are, and which fields are left out', async () => {
    let recorded: readonly number[] = [0, 0];
    for (const seed of ['one', 'two']) {
      const prism = await startPrism({
        ...source,
        mode: 'dynamic',
        seed,
        narrowed: { ...oneAccount(source), ...listsOf(2, source), ...TIMES },
      });
      const ledger = await freshLedger('postgres');
      const streams = await syncWith(ledger, prism, source, false);
      expectTrueOutcomes([...streams, ...(await syncWith(ledger, prism, source, true))]);
      recorded = streams.map(({ new_count: count }, index) => count + (recorded[index] ?? 0));
      await expectSound(ledger, prism, source);
    }
    for (const count of recorded) expect(count).toBeGreaterThan(0);
  });

  test('is read to an end whatever the pages say of themselves', async () => {
    for (const seed of ['three', 'four']) {
      const prism = await startPrism({ ...source, mode: 'dynamic', seed, narrowed: oneAccount(source) });
      const ledger = await freshLedger('postgres');
      for (const full of [false, true]) expectTrueOutcomes(await syncWith(ledger, prism, source, full));
      await expectSound(ledger, prism, source);
    }
  });

  test('is counted and left out where a row has no id', async () => {
    const nameless = Object.fromEntries(source.fields.ids.map((name) => [name, { enum: [''] }]));
    const prism = await startPrism({ ...source, mode: 'static', narrowed: { ...oneAccount(source), ...listsOf(1, source), ...nameless } });
    const ledger = await freshLedger('postgres');
    const streams = await syncWith(ledger, prism, source, false);
    expectTrueOutcomes(streams);
    const rejected = streams.reduce((sum, { rejected_count: count }) => sum + count, 0);
    expect(rejected).toBeGreaterThan(0);
    const { rows } = await sql`
      select (select sum(count)::integer from runledger.rejections) as rejected, (select count(*)::integer from runledger.records) as recorded
    `.execute(ledger.db);
    expect(rows).toEqual([{ rejected, recorded: 0 }]);
    await expectSound(ledger, prism, source);
  });
});
