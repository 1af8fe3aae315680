import { describe, expect, it } from 'vitest';
import type { SyncResult } from '../../../src/model/sync-result.ts';
import type { RecordHistory } from '../../../src/publish/read-history.ts';
import type { LedgerStatus } from '../../../src/publish/read-status.ts';
import { workflowIdOf } from '../../../src/simulator/knowledge-stack/ids.ts';
import type { ServerHooks } from '../../../src/simulator/source-server.ts';
import { withConnection } from '../../support/database.ts';
import { runCommand } from '../run-command.ts';
import { API_KEY } from '../source.ts';
import { NAMES, startAllSystems, type AllSystems, type Name } from './all-systems.ts';

const STREAMS = NAMES.flatMap((connection) => (['documents', 'runs'] as const).map((stream) => ({ connection, stream })));

describe('the command over all source systems', () => {
  it('checks each connection, reads both of its streams completely, and shows all of them in the views', async () => {
    const systems = await startAllSystems();
    const { given } = systems;

    const checked = await runCommand(['check'], given);
    expect(checked.code, checked.stdout).toBe(0);
    for (const { connection, stream } of STREAMS) {
      expect(checked.stdout).toMatch(new RegExp(`^${connection} \\(\\w+ at ${systems.doors[connection].url}\\): ok`, 'm'));
      expect(checked.stdout.split('\n').filter((line) => line.startsWith(`  ${stream}: ok, `))).toHaveLength(NAMES.length);
    }

    const synced = await runCommand(['sync', '--json'], given);
    expect(synced.code, synced.stderr).toBe(0);
    const { streams } = JSON.parse(synced.stdout) as SyncResult;
    expect(inOrder(streams)).toMatchObject(
      STREAMS.map((stream) => ({
        ...stream,
        status: 'succeeded',
        is_complete: true,
        has_absence_proof: true,
        error: null,
        rejected_count: 0,
      })),
    );
    expect(await countIn(systems, 'runs')).toEqual(presentIn(systems, 'runs'));
    expect(await countIn(systems, 'documents')).toEqual(presentIn(systems, 'documents'));
    for (const view of [
      'run_attempts',
      'document_attempts',
      'status_history',
      'durations_daily',
      'failure_rates_daily',
      'event_evidence',
    ]) {
      expect(Object.keys(await countIn(systems, view)), view).toEqual(NAMES);
    }
    for (const { stdout, stderr } of [checked, synced]) expect(stdout + stderr).not.toContain(API_KEY);
  });

  it('takes a Morphik that has no workflows any more for what it is, and fails nothing', async () => {
    const systems = await startAllSystems({ hasWorkflows: false });
    const synced = await runCommand(['sync'], systems.given);
    expect(synced.code, synced.stdout).toBe(0);
    expect(synced.stdout).toMatch(/^morphik runs: not offered by this source/m);
    expect(Object.keys(await countIn(systems, 'runs'))).toEqual(NAMES.filter((name) => name !== 'morphik'));
    expect(Object.keys(await countIn(systems, 'documents'))).toEqual(NAMES);
  });

  it('finds nothing wrong either when it checks such a Morphik', async () => {
    const systems = await startAllSystems({ hasWorkflows: false });
    const checked = await runCommand(['check'], systems.given);
    expect(checked.code, checked.stdout).toBe(0);
  });
});

describe('a source system that stops in the middle of a sync', () => {
  it('fails its own streams alone, and its coverage shows the gap once it is back', async () => {
    const stop = stopAtThirdRunRequest();
    const systems = await startAllSystems({ hooks: { morphik: stop.hooks } });
    const { worlds, doors, given } = systems;
    expect((await runCommand(['sync', '--quiet'], given)).code).toBe(0);

    const missed = worlds.morphik.addDocument({ name: 'Written while nobody looked.pdf' });
    const seen = worlds.noxus.addRun();
    stop.arm(doors.morphik.close);
    const failed = await runCommand(['sync', '--json'], given);
    expect(stop.isArmed()).toBe(false);
    expect(failed.code, failed.stdout).toBe(1);
    const result = JSON.parse(failed.stdout) as SyncResult;
    expect(result.status).toBe('failed');
    expect(inOrder(result.streams)).toMatchObject(
      STREAMS.map((stream) =>
        stream.connection === 'morphik'
          ? { ...stream, status: 'failed', is_complete: false, error: { code: 'source_unreachable' } }
          : { ...stream, status: 'succeeded', is_complete: true, error: null },
      ),
    );
    expect(await select(systems, `select connection from runledger.runs where record_id = '${seen.id}'`)).toEqual([
      { connection: 'noxus' },
    ]);

    await expectToldOfTheFailure(systems);

    doors.morphik.open();
    const mended = await runCommand(['sync', '--json'], given);
    expect(mended.code, mended.stderr).toBe(0);
    expect((JSON.parse(mended.stdout) as SyncResult).streams.every(({ is_complete: isComplete }) => isComplete)).toBe(true);
    expect(await select(systems, `select connection from runledger.documents where record_id = '${missed.id}'`)).toEqual([
      { connection: 'morphik' },
    ]);
    const coverage = await select(
      systems,
      `select connection, stream, sync_count::int, failed_sync_count::int, from_sync_id::int, to_sync_id::int,
         gap_seconds > 0 as has_gap, last_error is not null as has_error
       from runledger.coverage where not is_first and not is_current order by connection collate "C", stream, from_sync_id`,
    );
    const whole = { sync_count: 1, failed_sync_count: 0, has_gap: true, has_error: false };
    expect(coverage).toEqual(
      STREAMS.flatMap((stream) =>
        stream.connection === 'morphik'
          ? [{ ...stream, ...whole, sync_count: 2, failed_sync_count: 1, from_sync_id: 1, to_sync_id: 3, has_error: true }]
          : [
              { ...stream, ...whole, from_sync_id: 1, to_sync_id: 2 },
              { ...stream, ...whole, from_sync_id: 2, to_sync_id: 3 },
            ],
      ),
    );
  });
});

describe('track and history', () => {
  it('take ingestions of Knowledge Stack by ids with a colon in them, which no list shows', async () => {
    const name = 'Unlisted.pdf';
    const systems = await startAllSystems({ unlisted: name });
    const { worlds, servers, given } = systems;
    const first = worlds['stack-1'].addDocument({ name });
    const second = worlds['stack-2'].addDocument({ name });
    const ids = { 'stack-1': workflowIdOf(first.id), 'stack-2': workflowIdOf(second.id) };
    for (const connection of ['stack-1', 'stack-2'] as const) {
      expect(ids[connection]).toContain(':');
      const [id, stdin] = connection === 'stack-1' ? [ids[connection], ''] : ['-', `${ids[connection]}\n`];
      const tracked = await runCommand(['track', connection, 'documents', id, '--json'], { ...given, stdin });
      expect(tracked.code, tracked.stderr).toBe(0);
      expect(JSON.parse(tracked.stdout)).toEqual({ connection, stream: 'documents', added: 1, known: 0 });
    }

    const sync = ['sync', '--quiet', '--stream', 'documents', '--connection', 'stack-1', '--connection', 'stack-2'];
    expect(await runCommand(sync, given)).toMatchObject({ code: 0, stderr: '' });
    for (const [connection, path] of [['stack-1', 'workflows'] as const, ['stack-2', 'system-jobs'] as const]) {
      const asked = servers[connection].requests.map((request) => request.path);
      expect(asked).toContain(`/v1/${path}/document_versions/${encodeURIComponent(ids[connection])}`);
    }
    worlds['stack-1'].moveDocument(first.id, 'failed', 'The file is protected by a password');
    worlds['stack-2'].moveDocument(second.id, 'succeeded');
    expect(await runCommand(sync, given)).toMatchObject({ code: 0, stderr: '' });

    const byId = await runCommand(['history', ids['stack-1'], '--json'], given);
    expect(byId.code, byId.stderr).toBe(0);
    const { record, events } = JSON.parse(byId.stdout) as RecordHistory;
    expect(record).toMatchObject({ record_key: `stack-1/documents/${ids['stack-1']}`, status: 'failed', source_status: 'failed' });
    expect(events.map(({ event_type: type, to_status: to }) => [type, to])).toEqual([
      ['discovered', 'queued'],
      ['status_changed', 'failed'],
    ]);
    const byKey = await runCommand(['history', `stack-2/documents/${ids['stack-2']}`], given);
    expect(byKey.code, byKey.stderr).toBe(0);
    expect(byKey.stdout).toMatch(new RegExp(`^stack-2/documents/${ids['stack-2']}\nsucceeded \\(source: completed\\)`));
  });
});

/** Lets Morphik stop at its third request for runs, while one for documents is still under way: neither of its streams is read by then. */
function stopAtThirdRunRequest(): { hooks: ServerHooks; arm: (stop: () => void) => void; isArmed: () => boolean } {
  let armed: (() => void) | null = null;
  let runRequests = 0;
  let stopped = Promise.withResolvers<undefined>();
  return {
    hooks: {
      beforeRequest: async ({ path }) => {
        if (armed === null) return;
        if (!path.startsWith('/workflows')) {
          await stopped.promise;
          return;
        }
        runRequests += 1;
        if (runRequests < 3) return;
        armed();
        armed = null;
        stopped.resolve(undefined);
      },
    },
    arm: (stop) => {
      stopped = Promise.withResolvers<undefined>();
      armed = stop;
    },
    isArmed: () => armed !== null,
  };
}

/** By `status` in words and as a document, as a probe, and in the view behind it. */
async function expectToldOfTheFailure(systems: AllSystems): Promise<void> {
  const text = await runCommand(['status'], systems.given);
  expect(text.code, text.stderr).toBe(0);
  for (const { connection, stream } of STREAMS) {
    const line = text.stdout.split('\n').find((candidate) => candidate.startsWith(`${connection} ${stream} `));
    expect(line).toMatch(connection === 'morphik' ? / failed$/ : / succeeded$/);
    expect(text.stdout.includes(`${connection} ${stream}: failed: `)).toBe(connection === 'morphik');
  }
  const document = await runCommand(['status', '--json'], systems.given);
  expect((JSON.parse(document.stdout) as LedgerStatus).streams).toMatchObject(
    STREAMS.map((stream) => ({
      ...stream,
      last_status: stream.connection === 'morphik' ? 'failed' : 'succeeded',
      consecutive_failure_count: stream.connection === 'morphik' ? 1 : 0,
    })),
  );
  const lagging = await select<{ connection: string; stream: string }>(
    systems,
    `select connection, stream from runledger.sync_health
     where last_error is not null and last_complete_sync_at < last_sync_at order by connection, stream`,
  );
  expect(lagging).toEqual(STREAMS.filter(({ connection }) => connection === 'morphik'));
}

function inOrder<T extends { readonly connection: string; readonly stream: string }>(streams: readonly T[]): readonly T[] {
  const key = ({ connection, stream }: T): string => `${connection} ${stream}`;
  return streams.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

function presentIn({ worlds }: AllSystems, kind: 'runs' | 'documents'): Record<string, number> {
  return Object.fromEntries(NAMES.map((name: Name) => [name, worlds[name][kind].filter(({ deletedAt }) => deletedAt === null).length]));
}

/** Rows of a view, by connection. */
async function countIn(systems: AllSystems, view: string): Promise<Record<string, number>> {
  const rows = await select<{ connection: string; count: number }>(
    systems,
    `select connection, count(*)::int as count from runledger.${view} group by connection order by connection collate "C"`,
  );
  return Object.fromEntries(rows.map(({ connection, count }) => [connection, count]));
}

async function select<T extends object>({ databaseUrl }: AllSystems, sql: string): Promise<T[]> {
  return withConnection(databaseUrl, async (client) => (await client.query<T>(sql)).rows);
}
