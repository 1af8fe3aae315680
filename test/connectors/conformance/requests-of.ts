import { requestAt } from '../../../src/extract/place.ts';
import type { ApiRequest, Connector, ListFeed, PagedList, Parents, ReadTarget, StreamSource } from '../../../src/model/connector.ts';
import type { Instant } from '../../../src/model/instant.ts';
import { RunledgerError } from '../../../src/model/errors.ts';

/** The listings that sources have as a POST, by connector. Any other request must be a GET. */
const LISTING_POSTS: Readonly<Record<string, readonly string[]>> = { morphik: ['/documents/list_docs', '/documents'] };

/** Whether a request reads, and does nothing else. */
export function isAllowed(connectorName: string, { method, path }: Pick<ApiRequest, 'path'> & { readonly method: string }): boolean {
  return method === 'GET' || (method === 'POST' && (LISTING_POSTS[connectorName] ?? []).includes(path));
}

/**
 * Every request that a connector can build, found by going through all of it that builds any: a part that is added to `Connector` does not compile here until it
 * is said what it asks.
 */
export function requestsOf(connector: Connector): readonly ApiRequest[] {
  return through(connector, OF_CONNECTOR);
}

type Requests<Part> = { readonly [Key in keyof Part]-?: (value: Part[Key], part: Part) => readonly ApiRequest[] };

const none = (): readonly ApiRequest[] => [];

const OF_CONNECTOR: Requests<Connector> = {
  name: none,
  title: none,
  defaultBaseUrl: none,
  environment: none,
  headers: none,
  requestIdHeaders: none,
  errorText: none,
  probe: ({ request }) => [request],
  streams: (streams) =>
    Object.values(streams)
      .flat()
      .flatMap((form) => through(form, OF_FORM)),
};

const OF_FORM: Requests<StreamSource> = {
  generation: none,
  kind: none,
  recognition: (recognition) => (recognition === null ? [] : [recognition.request]),
  feeds: (feeds) => feeds.flatMap((feed) => through(feed, OF_FEED)),
  byId: ({ request, otherwise }) =>
    TARGETS.flatMap((target) => [...built(() => request(target)), ...built(() => otherwise?.request(target) ?? null)]),
  inBulk: (bulk) => IDS.flatMap((id) => built(() => bulk?.request(id, IDS) ?? null)),
  detail: (detail) => TARGETS.flatMap((target) => built(() => detail?.request(target) ?? null)),
};

const OF_FEED: Requests<ListFeed> = {
  name: none,
  parents: (parents) => (parents === null ? [] : through(parents, OF_PARENTS)),
  lists: (lists, { parents }) => (parents === null ? [null] : IDS).flatMap((id) => lists(id).flatMap(pagesOf)),
  showsAll: none,
  changedSince: (changedSince) => [null, MOMENT].flatMap((until) => (changedSince === null ? [] : pagesOf(changedSince(MOMENT, until)))),
  observe: none,
};

const OF_PARENTS: Requests<Parents> = {
  list: pagesOf,
  idOf: none,
  accountIdOf: none,
  workflowOf: none,
  versionOf: none,
  byId: (byId) => IDS.map((id) => byId(id)),
  takesRecordsAlong: none,
  recordFact: none,
};

/** Ids that could get out of their place in a path. */
export const IDS = ['5b0f6f1e-1c7d-4e86-9a57-2f3d6a1b0001', 'a/b?c#d', 'ingest-doc:1', 'ä %2e;'] as const;
const MOMENT = '2026-03-01T09:00:00.000000Z' as Instant;

/** Of a record little may be known. */
const TARGETS: readonly ReadTarget[] = IDS.flatMap((recordId) =>
  [null, ...IDS].flatMap((workflowId) => [null, ...IDS].map((collectionId) => ({ recordId, workflowId, collectionId }))),
);

function through<Part>(part: Part, table: Requests<Part>): readonly ApiRequest[] {
  return (Object.keys(table) as (keyof Part)[]).flatMap((key) => table[key](part[key], part));
}

function pagesOf(list: PagedList): readonly ApiRequest[] {
  return [1, 2].map((number) => requestAt(list, { number, position: number }));
}

/** What is known too little of cannot be asked for: it builds none, or refuses to. */
function built(build: () => ApiRequest | null): readonly ApiRequest[] {
  try {
    return [build()].filter((request) => request !== null);
  } catch (error) {
    if (error instanceof TypeError || error instanceof RunledgerError) throw error;
    return [];
  }
}
