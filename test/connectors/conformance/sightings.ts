import { readPages } from '../../../src/extract/read-pages.ts';
import type { ApiRequest, ItemContext, ItemResult, ListFeed, ReadTarget, StreamSource } from '../../../src/model/connector.ts';
import type { Observation, ResponseEvidence } from '../../../src/model/observation.ts';
import { START } from '../../sync/rig.ts';
import type { ConformingStream } from './conforming-system.ts';
import { formOf, type OpenSystem } from './open-system.ts';

/** A record as one of the answers shows it, and the connector's reading of it. */
export interface Sighting {
  readonly way: 'list' | 'changes' | 'by id' | 'otherwise' | 'in bulk' | 'detail';
  readonly item: unknown;
  readonly context: ItemContext;
  readonly observe: (item: unknown, context: ItemContext) => ItemResult;
}

/** Every record of a stream in every way in which the connector can see it. */
export async function sightingsOf(opened: OpenSystem, entry: ConformingStream): Promise<readonly Sighting[]> {
  const form = formOf(opened, entry);
  const listed: Sighting[] = [];
  for (const feed of form.feeds) listed.push(...(await listedBy(opened, feed)));
  const targets = targetsOf(listed);
  return [...listed, ...(await readOneByOne(opened, form, targets)), ...(await readInBulk(opened, form, targets))];
}

/** The observation of a sighting. @throws where it gives none */
export function observed({ way, item, context, observe }: Sighting): Observation {
  const result = observe(item, context);
  if (result.kind === 'observation') return result.observation;
  throw new Error(`not observed (${way}): ${result.kind === 'rejection' ? result.rejection.reason : result.reason}`);
}

/** What lists show that is no record, such as folders, is left out. */
async function listedBy(opened: OpenSystem, feed: ListFeed): Promise<readonly Sighting[]> {
  const sightings: Sighting[] = [];
  for (const parentId of await parentIdsOf(opened, feed)) {
    const lists = feed.lists(parentId).map((list) => ({ way: 'list' as const, list }));
    const changes = feed.changedSince === null ? [] : [{ way: 'changes' as const, list: feed.changedSince(START, null) }];
    for (const { way, list } of [...lists, ...changes]) {
      for await (const page of readPages(opened.api, list)) {
        const context = contextOf(page.response, parentId);
        sightings.push(...page.items.map((item) => ({ way, item, context, observe: feed.observe })));
      }
    }
  }
  return sightings.filter(({ item, context, observe }) => observe(item, context).kind !== 'ignored');
}

export async function parentIdsOf({ api }: OpenSystem, { parents }: ListFeed): Promise<readonly (string | null)[]> {
  if (parents === null) return [null];
  const ids: (string | null)[] = [];
  for await (const page of readPages(api, parents.list)) ids.push(...page.items.map(parents.idOf));
  return ids;
}

/** What the lists together tell of each record, as the ledger would have it. */
function targetsOf(listed: readonly Sighting[]): readonly ReadTarget[] {
  const targets = new Map<string, ReadTarget>();
  for (const { recordId, facts } of listed.map(observed)) {
    const known = targets.get(recordId);
    const workflowId = facts.workflow_id ?? known?.workflowId ?? null;
    targets.set(recordId, { recordId, workflowId, collectionId: facts.collection_id ?? known?.collectionId ?? null });
  }
  return [...targets.values()];
}

async function readOneByOne(opened: OpenSystem, form: StreamSource, targets: readonly ReadTarget[]): Promise<readonly Sighting[]> {
  const { byId, detail } = form;
  const ends = [
    { way: 'by id' as const, ...byId },
    ...(byId.otherwise === null ? [] : [{ way: 'otherwise' as const, ...byId.otherwise }]),
    ...(detail === null ? [] : [{ way: 'detail' as const, ...detail }]),
  ];
  const sightings: Sighting[] = [];
  for (const target of targets) {
    for (const { way, request, observe } of ends) {
      const { body, response } = await opened.api.read(asked(request(target)));
      sightings.push({ way, item: body, context: contextOf(response, target.collectionId), observe });
    }
  }
  return sightings;
}

async function readInBulk({ api }: OpenSystem, { inBulk }: StreamSource, targets: readonly ReadTarget[]): Promise<readonly Sighting[]> {
  if (inBulk === null) return [];
  const sightings: Sighting[] = [];
  for (const [parentId, members] of Map.groupBy(targets, inBulk.parentOf)) {
    if (parentId === null) continue;
    const ids = members.map(({ recordId }) => recordId).slice(0, inBulk.max);
    const { body, response } = await api.read(inBulk.request(parentId, ids));
    const context = contextOf(response, parentId);
    sightings.push(...inBulk.items(body).map((item) => ({ way: 'in bulk' as const, item, context, observe: inBulk.observe })));
  }
  return sightings;
}

function asked(request: ApiRequest | null): ApiRequest {
  if (request === null) throw new Error('what the lists tell of a record is too little to ask for it by its id');
  return request;
}

function contextOf(response: ResponseEvidence, parentId: string | null): ItemContext {
  return { response, payloads: 'redacted', statuses: {}, parentId };
}
