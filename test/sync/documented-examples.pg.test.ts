import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../src/db/open-ledger.ts';
import {
  DOCUMENT_ID,
  PAGE_DETAIL,
  PAGE_EXECUTION,
  SUMMARY,
  VERSION_ID,
  WORKFLOW_ID,
} from '../connectors/knowledge-stack/document-examples.ts';
import { DEFINITION_ID, FIRST_DEFINITION, FIRST_RUN, ID as RUN_ID, USER_ID } from '../connectors/knowledge-stack/run-examples.ts';
import { expectLawful } from './absence-rig.ts';
import { pageText, syncDocumented, type Answers, type PageFile, type SyncedSource } from './documented-server.ts';
import { idOf, VOCABULARIES } from './documented-words.ts';
import { readEvents } from './hold-against-truth.ts';

/**
 * The examples of the vendors' pages, served word for word in their places, or built from the fields of a page's tables where it has none: what lands in the ledger is
 * what the page means.
 */
async function theRecord(ledger: Ledger, stream: 'runs' | 'documents'): Promise<Record<string, unknown>> {
  const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(`runledger.${stream}`)}`.execute(ledger.db);
  expect(rows).toHaveLength(1);
  return rows[0] ?? {};
}

/** `event_type to_status`, with the reported time where there is one. */
async function story(ledger: Ledger): Promise<readonly string[]> {
  const events = await readEvents(ledger);
  for (const event of events) expect(event.anomalies).toEqual([]);
  return events.map(({ event_type, to_status, reported_at }) =>
    [event_type, to_status ?? [], reported_at === null ? [] : `at ${reported_at}`].flat().join(' '),
  );
}

async function expectLanded({ ledger, first, second }: SyncedSource, status = 'succeeded'): Promise<void> {
  expect(first).toMatchObject({ status, new_count: 1, rejected_count: 0 });
  expect(second).toMatchObject({ status, appended_count: 0, rejected_count: 0 });
  await expectLawful(ledger);
}

describe('the pages of Noxus', () => {
  const EXAMPLE_ID = '3c90c3cc-0d44-4b50-8888-8dd25736052a';
  const EXAMPLE_TIME = '2023-11-07T05:31:56.000000Z';
  const KNOWLEDGE_BASE = '4c0a1a52-93a1-4ab5-9d1a-000000000001';
  const envelope = (items: readonly unknown[]): unknown => ({ items, total: items.length, page: 1, size: 100, pages: 1 });
  const listed = (file: PageFile): Answers => ({
    'GET /v1/knowledge-bases': envelope([{ id: KNOWLEDGE_BASE, group_id: EXAMPLE_ID, name: 'Handbook' }]),
    [`GET /v1/knowledge-bases/${KNOWLEDGE_BASE}/runs`]: pageText(file),
  });

  it.each<[string, Answers, string | null]>([
    ['000, runs of a knowledge base', { ...listed('noxus/pages/noxus-knowledge-base-runs'), 'GET /v1/runs': envelope([]) }, KNOWLEDGE_BASE],
    [
      '001, the same by its reference',
      { ...listed('noxus/pages/noxus-knowledge-base-runs-reference'), 'GET /v1/runs': envelope([]) },
      KNOWLEDGE_BASE,
    ],
    ['002, all runs', { 'GET /v1/knowledge-bases': envelope([]), 'GET /v1/runs': pageText('noxus/pages/noxus-runs') }, null],
    [
      '000 and 002, the same run in both places',
      { ...listed('noxus/pages/noxus-knowledge-base-runs'), 'GET /v1/runs': pageText('noxus/pages/noxus-runs') },
      KNOWLEDGE_BASE,
    ],
  ])('%s: a run that waits since it was created', async (_page, answers, collectionId) => {
    const synced = await syncDocumented({ connector: 'noxus', stream: 'runs', answers });
    await expectLanded(synced);
    expect(await story(synced.ledger)).toEqual([`discovered queued at ${EXAMPLE_TIME}`]);
    expect(await theRecord(synced.ledger, 'runs')).toMatchObject({
      ...{ record_id: EXAMPLE_ID, status: 'queued', source_status: 'queued', is_terminal: false, attempt: 1 },
      ...{
        workflow_id: EXAMPLE_ID,
        workflow_name: '<string>',
        workflow_type: 'flow',
        trigger_source: '<string>',
        collection_id: collectionId,
      },
      ...{ created_at: EXAMPLE_TIME, queued_at: EXAMPLE_TIME, started_at: null, finished_at: null, reported_finished_at: EXAMPLE_TIME },
      ...{ progress_percent: 0, error: null },
    });
  });
});

describe('page 003 of Morphik', () => {
  const EXAMPLE = pageText('morphik/pages/morphik-workflow-run');
  const READ = { 'GET /workflows/runs/%3Cstring%3E': EXAMPLE };
  const workflow = { id: '<string>', name: 'Contracts', owner_id: 'o', steps: [{ action_id: 'a', parameters: {} }] };
  const noDocument = {
    documents: [],
    skip: 0,
    limit: 0,
    returned_count: 0,
    total_count: null,
    has_more: false,
    next_skip: null,
    status_counts: null,
  };

  it.each<[string, Answers, readonly string[], string]>([
    [
      'listed by its workflow',
      { 'GET /workflows': [workflow], 'GET /workflows/%3Cstring%3E/runs': `[${EXAMPLE}]`, ...READ },
      [],
      'succeeded',
    ],
    ['read by its id, where nothing is listed any more', { ...READ, 'POST /documents': noDocument }, ['<string>'], 'unsupported'],
  ])('a run that waits, %s', async (_place, answers, tracked, status) => {
    const synced = await syncDocumented({ connector: 'morphik', stream: 'runs', answers, tracked });
    await expectLanded(synced, status);
    expect(await story(synced.ledger)).toEqual(['discovered queued']);
    const time = '2023-11-07T05:31:56.000000Z';
    expect(await theRecord(synced.ledger, 'runs')).toMatchObject({
      ...{ record_id: '<string>', status: 'queued', source_status: 'queued', is_terminal: false, attempt: 1, error: null },
      ...{ workflow_id: '<string>', document_id: '<string>', triggered_by_user_id: '<string>', time_limit_seconds: 300n },
      ...{ created_at: null, started_at: null, finished_at: null, reported_started_at: time, reported_finished_at: time },
    });
  });
});

describe('page 004 of Knowledge Stack', () => {
  const byOffset = (items: readonly unknown[]): unknown => ({ items, total: items.length, limit: 100, offset: 0 });
  const instant = (time: string): string => time.replace('Z', '.000000Z');
  const RUNS = `GET /v1/workflow-definitions/${DEFINITION_ID}/runs`;
  const READ_RUN = `GET /v1/workflow-runs/${RUN_ID}`;
  const LIST = 'GET /v1/workflows/document_versions';
  const DETAIL = `${LIST}/${encodeURIComponent(WORKFLOW_ID)}`;
  const STATUS = `GET /v1/workflows/${encodeURIComponent(WORKFLOW_ID)}`;
  const [queued, running, finished] = [FIRST_RUN.created_at, FIRST_RUN.started_at, FIRST_RUN.completed_at].map(instant);
  const BEGUN = [`discovered queued at ${queued}`, `status_changed running at ${running}`];
  const FAILED = { status: 'FAILED', error: 'Timeout reading source document' };

  describe.each<[string, object, readonly string[], object]>([
    ['that was completed', {}, [`status_changed succeeded at ${finished}`], { status: 'succeeded', error: null, finished_at: finished }],
    [
      'that its runner reported as failed',
      FAILED,
      [`status_changed failed at ${finished}`],
      { ...{ status: 'failed', status_reason: null, finished_at: finished }, error: FAILED.error },
    ],
    ['that is executed', { status: 'RUNNING', completed_at: null }, [], { status: 'running', error: null, finished_at: null }],
  ])('a run %s', (_name, fields, end, row) => {
    const run = { ...FIRST_RUN, ...fields };

    it.each([
      ['listed by its definition', [run], []],
      ['read by its id', [], [RUN_ID]],
    ])('%s', async (_place, listed, tracked) => {
      const lists = { 'GET /v1/workflow-definitions': byOffset([FIRST_DEFINITION]), [RUNS]: byOffset(listed) };
      const answers = { ...lists, [READ_RUN]: run };
      const synced = await syncDocumented({ connector: 'knowledge_stack', stream: 'runs', answers, tracked });
      await expectLanded(synced);
      expect(await story(synced.ledger)).toEqual([...BEGUN, ...end]);
      expect(await theRecord(synced.ledger, 'runs')).toMatchObject({
        ...{ record_id: RUN_ID, source_status: run.status, workflow_id: DEFINITION_ID, workflow_name: 'Invoices', attempt: 1 },
        ...{ triggered_by_user_id: USER_ID, runner_type: 'SELF_HOSTED', time_limit_seconds: 300n },
        ...{ created_at: queued, queued_at: queued, started_at: running },
        ...row,
      });
    });
  });

  const asked = instant(SUMMARY.last_run_timestamp);
  const ended = instant(SUMMARY.last_state_update_timestamp);
  const COMPLETED = {
    ...{ record_id: WORKFLOW_ID, document_id: DOCUMENT_ID, document_version_id: VERSION_ID, attempt: 1, attempt_key: asked },
    ...{ status: 'succeeded', source_status: 'completed', error: null },
    ...{ created_at: instant(SUMMARY.created_at), queued_at: asked, finished_at: ended },
  };

  it('an ingestion that was completed, as it is listed', async () => {
    const answers = { [LIST]: byOffset([SUMMARY]), [DETAIL]: PAGE_DETAIL };
    const synced = await syncDocumented({ connector: 'knowledge_stack', stream: 'documents', answers });
    await expectLanded(synced);
    expect(await story(synced.ledger)).toEqual([`discovered queued at ${asked}`, `status_changed succeeded at ${ended}`]);
    expect(await theRecord(synced.ledger, 'documents')).toMatchObject({ ...COMPLETED, chunk_count: null, engine_status: null });
    // A detail is a live call to the engine: what is over is not asked for.
    expect(synced.served.received.filter(({ url }) => url.pathname.includes(encodeURIComponent(WORKFLOW_ID)))).toEqual([]);
  });

  it('its detail, read by its id', async () => {
    const answers = { [LIST]: byOffset([]), [DETAIL]: PAGE_DETAIL };
    const synced = await syncDocumented({ connector: 'knowledge_stack', stream: 'documents', answers, tracked: [WORKFLOW_ID] });
    await expectLanded(synced);
    expect(await story(synced.ledger)).toEqual([`discovered queued at ${asked}`, `status_changed succeeded at ${ended}`]);
    expect(await theRecord(synced.ledger, 'documents')).toMatchObject({ ...COMPLETED, chunk_count: 12n, engine_status: 'COMPLETED' });
  });

  it('an ingestion that is worked on, with what its detail adds', async () => {
    const summary = { ...SUMMARY, status: 'processing', last_state_update_timestamp: null };
    const detail = { ...PAGE_DETAIL, ...summary, execution_status: 'RUNNING', close_time: null };
    const answers = { [LIST]: byOffset([summary]), [DETAIL]: detail };
    const synced = await syncDocumented({ connector: 'knowledge_stack', stream: 'documents', answers });
    await expectLanded(synced);
    expect(await story(synced.ledger)).toEqual([`discovered queued at ${asked}`, 'status_changed running', 'amended']);
    expect(await theRecord(synced.ledger, 'documents')).toMatchObject({
      ...{ status: 'running', source_status: 'processing', engine_status: 'RUNNING', last_activity: SUMMARY.last_activity },
      ...{ queued_at: asked, finished_at: null, chunk_count: null },
    });
  });

  it('the status of an execution that nothing else shows, for an id that is tracked', async () => {
    const answers = { [LIST]: byOffset([]), [STATUS]: PAGE_EXECUTION };
    const synced = await syncDocumented({ connector: 'knowledge_stack', stream: 'documents', answers, tracked: [WORKFLOW_ID] });
    await expectLanded(synced);
    const started = instant(PAGE_EXECUTION.start_time);
    expect(await story(synced.ledger)).toEqual([`discovered running at ${started}`]);
    expect(await theRecord(synced.ledger, 'documents')).toMatchObject({
      ...{ record_id: WORKFLOW_ID, status: 'running', source_status: 'RUNNING', engine_status: 'RUNNING', attempt_key: null },
      ...{ started_at: started, finished_at: null },
    });
  });
});

describe('every documented word is the status that it means', () => {
  it.each(VOCABULARIES)('$title', async (vocabulary) => {
    const { words } = vocabulary;
    const { ledger, first, second } = await syncDocumented(vocabulary);
    expect(first).toMatchObject({ status: 'succeeded', new_count: words.length, rejected_count: 0 });
    expect(second).toMatchObject({ status: 'succeeded', appended_count: 0 });
    const { rows } = await sql<{ record_id: string }>`
      select r.record_id, r.status, r.status_reason, r.source_status, r.is_terminal, e.anomalies
      from runledger.records r
      join lateral (
        select anomalies from runledger.events e where e.record_id = r.record_id order by e.position desc limit 1
      ) e on true`.execute(ledger.db);
    expect(new Map(rows.map((row) => [row.record_id, row]))).toEqual(
      new Map(
        words.map(([word, status, reason]) => [
          idOf(word),
          {
            record_id: idOf(word),
            status,
            status_reason: reason ?? null,
            source_status: word === 'Stopped by user' ? 'FAILED' : word,
            is_terminal: status !== null && status !== 'queued' && status !== 'running',
            anomalies: status === null ? ['unknown_status'] : [],
          },
        ]),
      ),
    );
    await expectLawful(ledger);
  });
});
