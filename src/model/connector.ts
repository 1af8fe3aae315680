import type { RequestLimits } from './connection.ts';
import type { Stream } from './event.ts';
import type { Instant } from './instant.ts';
import type { Observation, ResponseEvidence } from './observation.ts';
import type { RecordKind } from './record-kind.ts';
import type { RecordState } from './record.ts';
import type { Status } from './status.ts';

/** One request to a source system. GET, or the one listing that is a POST: runledger never writes to a source. */
export interface ApiRequest {
  readonly method: 'GET' | 'POST';
  /** Below the base URL, each id in it already URL-encoded, no query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: Readonly<Record<string, unknown>>;
  /** Statuses other than 2xx that are an answer here and not an error, such as 404 of a read by id. */
  readonly accept?: readonly number[];
}

export interface ApiAnswer {
  /** The parsed JSON; integers and fractions that a number cannot hold exactly are texts. */
  readonly body: unknown;
  readonly response: ResponseEvidence;
}

/** The way to one account at a source system: limits, retries, credentials and bounds are its business. */
export interface Api {
  /** @throws SourceError, or RunledgerError aborted */
  read(request: ApiRequest, options?: ReadOptions): Promise<ApiAnswer>;
  readonly limits: Pick<RequestLimits, 'concurrency' | 'maxBytes'>;
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** Where the answer must be smaller than the settings allow: a larger one is SourceError source_too_large. */
  readonly mostBytes?: number;
}

/** What is known of a record that is about to be read by id. */
export interface ReadTarget {
  readonly recordId: string;
  readonly workflowId: string | null;
  readonly collectionId: string | null;
}

export interface ItemContext {
  readonly response: ResponseEvidence;
  readonly payloads: Payloads;
  /** The user's own mapping of new words, by source word. */
  readonly statuses: Readonly<Record<string, Status>>;
  /** The parent whose list this is, such as a knowledge base. */
  readonly parentId: string | null;
}

/** What of an item's content is stored with its events. */
export type Payloads = 'redacted' | 'full' | 'none';

export type ItemResult =
  | { readonly kind: 'observation'; readonly observation: Observation; readonly accountId: string | null }
  | { readonly kind: 'rejection'; readonly rejection: Rejection }
  | { readonly kind: 'ignored'; readonly reason: string };

/** An item that cannot be understood. It never stops a page. */
export interface Rejection {
  readonly reason: string;
  /** Its keys and the types of their values, never the values. */
  readonly shape: Readonly<Record<string, string>>;
  /** characters of its JSON */
  readonly length: number;
  /** hex of the sha-256 of its JSON */
  readonly digest: string;
  /** only under `payloads: full` */
  readonly raw: string | null;
  /** Its id, where it stood in a list and the list tells: of a record that is there and could not be understood. */
  readonly key?: string;
  readonly response: ResponseEvidence;
}

/** How a list is cut into pages. */
export type Pagination =
  | {
      readonly style: 'page';
      readonly pageParameter: string;
      readonly sizeParameter: string;
      readonly size: number;
      /** A second name for the size, where it is not documented which of the two counts. */
      readonly alsoSizeParameter?: string;
    }
  | {
      readonly style: 'offset';
      readonly offsetParameter: string;
      readonly limitParameter: string;
      readonly limit: number;
      /**
       * The names by which the same place is asked for as a page, too, from 1: for a source whose documents contradict each other about which of the two it
       * knows, and that ignores the other. Such pages are never asked for with an overlap, which no number of a page can say.
       */
      readonly alsoAsPage?: { readonly pageParameter: string; readonly sizeParameter: string };
    }
  | { readonly style: 'array' };

/** What one answer of a list says of itself. */
export interface PageEnvelope {
  readonly items: readonly unknown[];
  /** Records in the whole list, null where the source does not tell. */
  readonly total: number | null;
  /** The position that the answer echoes: the page's number, or its offset; null where it echoes none. */
  readonly position: number | null;
  /** The page size that the source really used, null where it does not tell. */
  readonly size: number | null;
}

export interface SourcePage extends PageEnvelope {
  /** From 1, in the order asked for. */
  readonly number: number;
  readonly isLast: boolean;
  readonly response: ResponseEvidence;
}

/** A list as it can be asked for page by page. */
export interface PagedList {
  readonly request: ApiRequest;
  readonly pagination: Pagination;
  /** @throws SourceError source_bad_shape */
  readonly parse: (body: unknown) => PageEnvelope;
  /** What tells an item from every other of the list: pages are compared by it, to notice one that repeats. Left out: by all that it shows. */
  readonly keyOf?: (item: unknown) => string | null;
}

/** One of the lists that a feed is cut into. */
export interface FeedList extends PagedList {
  /** What its rows are sorted by, where they are: the moment of creation (left out), or that of the last change, so that what changes comes to the front. */
  readonly sortedBy?: 'created' | 'updated';
  /**
   * Whether it holds only finished records, so that it need not be read while its parent's version stands still. Left out: it is read at
   * every sync.
   */
  readonly isSettled?: boolean;
  /**
   * Whether records join it anywhere and not only when they are created, because they come from another list: then the order of its rows proves nothing,
   * and it is only known to have been read whole where it is one page, or two readings of it agree. Left out: only new records join it.
   */
  readonly isJoinedAnywhere?: boolean;
}

/** Whose lists a feed is cut into, such as knowledge bases. */
export interface Parents {
  readonly list: PagedList;
  readonly idOf: (item: unknown) => string | null;
  readonly accountIdOf: (item: unknown) => string | null;
  /** Where they are workflows, what records do not tell of theirs: its name and type, to be kept beside the records. */
  readonly workflowOf?: (item: unknown) => Observation['workflow'] | null;
  /** What of a parent moves whenever its settled lists do (counters); null where this one does not tell. */
  readonly versionOf: (item: unknown) => string | null;
  /** A read of one parent by id, with 404 accepted: what proves that a parent is gone. */
  readonly byId: (parentId: string) => ApiRequest;
  /** Whether the records of a parent that is gone are gone with it. False where they live on, or where nobody knows: they are then asked for one by one. */
  readonly takesRecordsAlong: boolean;
  /** What of a record names its parent. */
  readonly recordFact: 'collection_id' | 'workflow_id';
}

/** One endpoint that lists records of a stream. */
export interface ListFeed {
  readonly name: string;
  /** null where the feed is one list. */
  readonly parents: Parents | null;
  /** Its lists, or one parent's, in the order in which they are read: that of the lifecycle, so that a record that moves on is met again. */
  readonly lists: (parentId: string | null) => readonly FeedList[];
  /**
   * Whether its lists, all read whole, show every record of the stream. A feed that shows only some of them (Noxus's running jobs) finds new
   * records and proves no absence.
   */
  readonly showsAll: boolean;
  /**
   * Its records that changed at or after `from`, and before `until` where that is given; null where the source has no such filter. Only of a feed that is one
   * list. A row that changes while such a window is read leaves it.
   */
  readonly changedSince: ((from: Instant, until: Instant | null) => FeedList) | null;
  readonly observe: (item: unknown, context: ItemContext) => ItemResult;
}

/**
 * One kind of record of a source system: where it is listed, how one of it is read, and its lifecycle; in one of the forms in which servers of this system
 * answer.
 */
export interface StreamSource {
  /** Names this form, such as a generation of the API. Kept in `streams.generation`: it is not looked for again while it answers. */
  readonly generation: string;
  /**
   * Whether a server answers in this form: what it says to a cheap request. null only where there is no other form. Where none is recognised, it is read in the one that it
   * had, or at first in the newest. A list's `parse` throws SourceError source_other_form where a server has gone over to another form than it had.
   */
  readonly recognition: {
    readonly request: ApiRequest;
    /** null where the answer does not tell, such as that of a source that has nothing to list. */
    readonly isSpoken: (body: unknown) => boolean | null;
    /**
     * Whether it takes over where the list of a newer form is not there, which may be a failure: because no server of the newer one answers so, or because then both
     * answer alike.
     */
    readonly mayTakeOver: boolean;
  } | null;
  readonly kind: RecordKind;
  readonly feeds: readonly ListFeed[];
  readonly byId: {
    /** null where what is known of the record is not enough to ask for it, such as a document whose knowledge base is unknown. */
    readonly request: (target: ReadTarget) => ApiRequest | null;
    /**
     * What a 404 for a record that a full scan did not see proves.
     *
     * - `at_once`: that it is gone, while a read by id finds a record that is known to be there.
     * - `twice`: the same, if a second full scan, in a later sync, does not see it either: where a 404 can also be a failure, such as one of the source's database.
     * - `unlisted`: nothing, because records are forgotten there that still exist. Two full scans that do not see it prove it, while they see others; of a record that
     *   no list ever showed nothing is ever proven.
     */
    readonly absence: 'at_once' | 'twice' | 'unlisted';
    readonly observe: (body: unknown, context: ItemContext) => ItemResult;
    /**
     * Asked for an open record, or one that only a user knows of, where the first request answers 404: another endpoint that may still know it. Its answer
     * never shows that the record is listed or gone. null where there is none.
     */
    readonly otherwise: {
      readonly request: (target: ReadTarget) => ApiRequest | null;
      readonly observe: (body: unknown, context: ItemContext) => ItemResult;
    } | null;
  };
  /** Several records in one request, all of one parent; null where the source cannot. */
  readonly inBulk: {
    readonly max: number;
    readonly parentOf: (target: ReadTarget) => string | null;
    readonly request: (parentId: string, recordIds: readonly string[]) => ApiRequest;
    readonly items: (body: unknown) => readonly unknown[];
    readonly observe: (item: unknown, context: ItemContext) => ItemResult;
  } | null;
  /**
   * A further read of a record for what no list shows, such as why it failed: asked for whenever an event of it, or a sighting of it while it is open, leaves it
   * wanted; so once for a finished record, and once a sync for an open one. null where there is none.
   */
  readonly detail: {
    /** Whether a read by id shows the same: what was read so is not asked for again. */
    readonly isShownById: boolean;
    readonly isWanted: (record: RecordState) => boolean;
    readonly request: (target: ReadTarget) => ApiRequest;
    readonly observe: (body: unknown, context: ItemContext) => ItemResult;
  } | null;
}

/** The code for one source system. Everything that only that system has, its field names first, stays behind this. */
export interface Connector {
  readonly name: string;
  /** For people: `Noxus`. */
  readonly title: string;
  readonly defaultBaseUrl: string | null;
  readonly environment: { readonly apiKey: string; readonly baseUrl: string };
  readonly headers: (apiKey: string) => Readonly<Record<string, string>>;
  /** Response headers that name a request, in lower case, the first found wins. */
  readonly requestIdHeaders: readonly string[];
  /** The source's own words for what went wrong, out of an error answer's body. */
  readonly errorText: (body: unknown) => string | null;
  /** The cheapest authenticated request, for `check`; and whose account it shows, where its answer tells. */
  readonly probe: { readonly request: ApiRequest; readonly accountIdOf: (body: unknown) => string | null };
  /** Each in every form in which a server may answer, the newest first. */
  readonly streams: Readonly<Partial<Record<Stream, readonly [StreamSource, ...StreamSource[]]>>>;
}
