import pino from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { documents } from '../../../src/connectors/knowledge-stack/documents.ts';
import { knowledgeStack } from '../../../src/connectors/knowledge-stack/knowledge-stack.ts';
import { runs } from '../../../src/connectors/knowledge-stack/runs.ts';
import { createApi } from '../../../src/extract/create-api.ts';
import { readPages } from '../../../src/extract/read-pages.ts';
import type { Api, ItemContext, ListFeed, PagedList, StreamSource } from '../../../src/model/connector.ts';
import type { Observation } from '../../../src/model/observation.ts';
import { documentIdOf } from '../../../src/simulator/knowledge-stack/ids.ts';
import type { KnowledgeStackSettings } from '../../../src/simulator/knowledge-stack/settings.ts';
import { startKnowledgeStackSimulator } from '../../../src/simulator/knowledge-stack/start-knowledge-stack-simulator.ts';
import { STATUS_OF_STATE } from '../../../src/simulator/run.ts';
import { createWorld, type World } from '../../../src/simulator/world.ts';
import { defineConnection } from '../../../src/sync/define-connection.ts';
import { createStreamForm } from '../../../src/sync/stream-form.ts';
import { itemContext } from '../../observe/evidence.ts';
import { START } from '../../simulator/start.ts';

const SILENT = pino({ level: 'silent' });
const HOUR = 3_600_000;

const SERVERS: readonly (readonly [string, Partial<KnowledgeStackSettings>])[] = [
  ['1', { generation: 1, queuedStart: 'a_moment_later' }],
  ['1', { generation: 1, paging: 'pages', temporalStatusName: 'execution_status', runOrder: 'none' }],
  ['2-by-definition', { generation: '2-by-definition', uploadsMs: 1_000 }],
  ['2', { generation: 2, temporalStatusName: 'both' }],
  ['2', { generation: 2, keepsOldPaths: true, retryKeeps: { start: true, finish: true, error: true } }],
];

describe.each(SERVERS)('a server of generation %s (%#)', (generation, settings) => {
  it('is recognised as what it is', async () => {
    const { api } = await open(settings);
    expect((await recognised(api, runs)).generation).toBe(generation);
    expect((await recognised(api, documents)).generation).toBe(generation === '2' ? 'system-jobs' : 'workflows');
  });

  it('shows every run with its true status, listed and read by id', async () => {
    const { api, world } = await open(settings);
    const form = await recognised(api, runs);
    const observations = await observedOf(api, form);
    const there = world.runs.filter(({ deletedAt }) => deletedAt === null);
    expect(observations.map(({ recordId }) => recordId).sort()).toEqual(there.map(({ id }) => id).sort());
    for (const observation of observations) {
      const run = world.run(observation.recordId);
      expect(observation.reading).toMatchObject({ kind: 'known', status: run && STATUS_OF_STATE[run.state] });
      expect(observation.anomalies).toEqual([]);
      expect(observation.facts.workflow_id).toBe(run?.workflow.id);
      if (run?.finishedAt != null) expect(observation.terminalEvidence).toBe(run.finishedAt);
      if (run?.startedAt == null && run?.state === 'queued') expect(observation.runningEvidence ?? null).toBeNull();
    }
    const [some] = observations;
    const { byId } = form;
    expect(withoutEvidence(await readOne(api, byId, some?.recordId ?? ''))).toEqual(withoutEvidence(some));
  });

  it('shows every ingestion with its true status, listed, in detail and by its engine', async () => {
    const { api, world } = await open(settings);
    const form = await recognised(api, documents);
    const observations = await observedOf(api, form);
    const there = world.documents.filter(({ deletedAt }) => deletedAt === null);
    expect(observations.map(({ recordId }) => documentIdOf(recordId)).sort()).toEqual(there.map(({ id }) => id).sort());
    for (const observation of observations) {
      const document = world.document(documentIdOf(observation.recordId));
      expect(observation.reading).toMatchObject({ kind: 'known', status: document?.state });
      expect(observation).toMatchObject({ attemptKey: document?.attemptAt, queuedEvidence: document?.attemptAt, anomalies: [] });
      if (document?.finishedAt != null) expect(observation.terminalEvidence).toBe(document.finishedAt);
    }
    for (const { recordId, reading } of observations.slice(0, 20)) {
      const detail = await readOne(api, form.byId, recordId);
      expect(detail).toMatchObject({ reading, anomalies: [], facts: { engine_status: expect.any(String) as string } });
      if (form.byId.otherwise === null) throw new Error('nothing else to ask');
      const execution = await readOne(api, form.byId.otherwise, recordId);
      expect(execution).toMatchObject({ recordId, hasForeignWord: true, facts: { engine_status: detail.facts.engine_status } });
    }
  });
});

describe('a server that was upgraded meanwhile', () => {
  it('says so in the lists of either stream', async () => {
    let generation: 1 | 2 = 1;
    const { api } = await open({ generation: () => generation });
    const [runsBefore, documentsBefore] = [await recognised(api, runs), await recognised(api, documents)];
    generation = 2;
    await expect(observedOf(api, runsBefore)).rejects.toMatchObject({ code: 'source_other_form' });
    await expect(observedOf(api, documentsBefore)).rejects.toMatchObject({ code: 'source_not_found' });
    expect((await recognised(api, runs)).generation).toBe('2');
  });
});

describe('a window of what changed', () => {
  it('shows what moved in it and nothing else', async () => {
    const { api, world } = await open({ generation: 2 });
    const [feed] = runs[0].feeds;
    const from = world.now;
    world.advanceBy(HOUR / 4);
    const until = world.now;
    world.advanceBy(HOUR / 4);
    const list = feed?.changedSince?.(from, until);
    if (feed === undefined || list === undefined) throw new Error('no window');
    const shown = (await observedList(api, feed, list, null)).map(({ recordId }) => recordId);
    const moved = world.runs.filter(({ deletedAt, transitions }) => {
      const { at } = transitions.at(-1) ?? { at: START };
      return deletedAt === null && at >= from && at < until;
    });
    expect(shown.length).toBeGreaterThan(3);
    expect(shown.sort()).toEqual(moved.map(({ id }) => id).sort());
  });
});

async function open(settings: Partial<KnowledgeStackSettings>): Promise<{ api: Api; world: World }> {
  const world = createWorld({
    seed: 7,
    startAt: START,
    runs: 220,
    documents: 130,
    pastMs: HOUR,
    rates: {
      runsPerHour: 200,
      stopShare: 0.2,
      failureShare: 0.3,
      runRetryShare: 0.5,
      documentsPerHour: 100,
      documentCancelShare: 0.2,
      documentQuotaShare: 0.2,
    },
  });
  world.addRun();
  world.addDocument();
  const server = await startKnowledgeStackSimulator({ world, apiKey: 'key', ...settings });
  onTestFinished(() => server.close());
  const connection = defineConnection({ connector: knowledgeStack, apiKey: 'key', baseUrl: server.url, requests: { perSecond: Infinity } });
  return { world, api: createApi({ connection, now: () => world.now, log: SILENT, signal: new AbortController().signal }) };
}

async function recognised(api: Api, forms: readonly [StreamSource, ...StreamSource[]]): Promise<StreamSource> {
  const form = createStreamForm(forms, { generation: null, since: null }, { log: SILENT, onFound: () => Promise.resolve() });
  await form.recognise(api, START, 'first');
  return form.source;
}

async function observedOf(api: Api, form: StreamSource): Promise<readonly Observation[]> {
  const found: Observation[] = [];
  for (const feed of form.feeds)
    for (const parentId of feed.parents === null ? [null] : await parentsOf(api, feed.parents))
      for (const list of feed.lists(parentId)) found.push(...(await observedList(api, feed, list, parentId)));
  return found;
}

async function parentsOf(api: Api, { list, idOf }: NonNullable<ListFeed['parents']>): Promise<readonly (string | null)[]> {
  const ids: (string | null)[] = [];
  for await (const page of readPages(api, list)) ids.push(...page.items.map(idOf));
  return ids;
}

async function observedList(api: Api, feed: ListFeed, list: PagedList, parentId: string | null): Promise<readonly Observation[]> {
  const found: Observation[] = [];
  for await (const page of readPages(api, list)) {
    expect(page.position).not.toBeNull();
    found.push(...page.items.map((item) => observationOf(feed.observe, item, itemContext({ response: page.response, parentId }))));
  }
  return found;
}

async function readOne(api: Api, endpoint: Pick<StreamSource['byId'], 'request' | 'observe'>, recordId: string): Promise<Observation> {
  const request = endpoint.request({ recordId, workflowId: null, collectionId: null });
  if (request === null) throw new Error('no way to ask');
  const { body, response } = await api.read(request);
  return observationOf(endpoint.observe, body, itemContext({ response }));
}

function observationOf(observe: ListFeed['observe'], item: unknown, context: ItemContext): Observation {
  const result = observe(item, context);
  if (result.kind !== 'observation') throw new Error(`not observed: ${result.kind}`);
  return result.observation;
}

function withoutEvidence(observation: Observation | undefined): unknown {
  return { ...observation, response: null };
}
