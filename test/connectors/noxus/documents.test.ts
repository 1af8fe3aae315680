import { describe, expect, it } from 'vitest';
import { documents } from '../../../src/connectors/noxus/documents.ts';
import { noxus } from '../../../src/connectors/noxus/noxus.ts';
import type { FeedList, ListFeed, Parents } from '../../../src/model/connector.ts';
import { itemContext } from '../../observe/evidence.ts';
import { KINDS } from '../../diff/kinds.ts';
import { DOCUMENT, ID } from './document-example.ts';

const [feed] = documents.feeds as readonly [ListFeed & { readonly parents: Parents }];

describe('the lists of a knowledge base’s documents', () => {
  const lists = feed.lists('kb#1') as readonly [FeedList, FeedList, FeedList, FeedList];

  it('are read in the order of the lifecycle, so that a document that moves on is met again', () => {
    expect(lists.map((list) => list.request.path)).toEqual([
      '/v1/knowledge-bases/kb%231/documents/uploaded',
      '/v1/knowledge-bases/kb%231/documents/training',
      '/v1/knowledge-bases/kb%231/documents/error',
      '/v1/knowledge-bases/kb%231/documents/trained',
    ]);
    expect(feed.showsAll).toBe(true);
    expect(documents.feeds).toHaveLength(1);
    expect(() => feed.lists(null)).toThrow();
  });

  it('are asked for in pages of 100 under both names of the size', () => {
    for (const list of lists) {
      expect(list).toMatchObject({
        request: { method: 'GET' },
        pagination: { style: 'page', pageParameter: 'page', sizeParameter: 'size', alsoSizeParameter: 'page_size', size: 100 },
      });
    }
  });

  it('are settled where they hold what is trained: a document in error may be tried again at any time', () => {
    expect(lists.map((list) => list.isSettled === true)).toEqual([false, false, false, true]);
  });

  it('are pages of which only the items are needed', () => {
    expect(lists[0].parse({ items: [DOCUMENT] })).toEqual({ items: [DOCUMENT], total: null, position: null, size: null });
    expect(lists[0].parse({ items: [], total: 3, page: 2, size: 50, pages: 2 })).toMatchObject({ total: 3, position: 2, size: 50 });
    expect(() => lists[0].parse([DOCUMENT])).toThrow('expected a page, an object with a list "items", found array');
    expect([lists[0].keyOf?.(DOCUMENT), lists[0].keyOf?.(null)]).toEqual([ID, null]);
  });

  it('tell of each document whose it is, and pass over folders', () => {
    const inKnowledgeBase = itemContext({ parentId: 'kb#1' });
    expect(feed.observe(DOCUMENT, inKnowledgeBase)).toMatchObject({ observation: { facts: { collection_id: 'kb#1' } } });
    expect(feed.observe({ ...DOCUMENT, status: 'folder' }, inKnowledgeBase).kind).toBe('ignored');
  });
});

describe('a knowledge base', () => {
  const counted = {
    id: 'kb#1',
    group_id: 'w',
    updated_at: '2026-01-01T00:00:00',
    total_documents: 6,
    training_documents: 0,
    trained_documents: 5,
    error_documents: 1,
    uploaded_documents: 0,
  };
  const versionOf = (changes: Record<string, unknown>): string | null => feed.parents.versionOf({ ...counted, ...changes });

  it('is another version when any of its counters moved, or when it was changed', () => {
    expect(versionOf({})).toBe(versionOf({ name: 'renamed', status: 'ready' }));
    const others = [
      versionOf({ total_documents: 7 }),
      versionOf({ training_documents: 1 }),
      versionOf({ trained_documents: 6 }),
      versionOf({ error_documents: 0 }),
      versionOf({ uploaded_documents: 1 }),
      versionOf({ error_documents: null }),
      versionOf({ updated_at: '2026-01-02T00:00:00' }),
      versionOf({ trained_documents: 1, error_documents: 5 }),
    ];
    expect(new Set([versionOf({}), ...others]).size).toBe(1 + others.length);
  });

  it('that shows no counter tells no version, so that all its lists are read', () => {
    expect(feed.parents.versionOf({ id: 'kb', updated_at: counted.updated_at })).toBeNull();
    expect(feed.parents.versionOf({ id: 'kb', trained_documents: 'many', total_documents: -1 })).toBeNull();
    expect(feed.parents.versionOf(null)).toBeNull();
    expect(feed.parents.versionOf({ trained_documents: 0 })).not.toBeNull();
  });

  it('is listed, names its workspace, and is read by id to prove that it is gone', () => {
    const { parents } = feed;
    expect(parents.list.request.path).toBe('/v1/knowledge-bases');
    expect([parents.idOf(counted), parents.accountIdOf(counted)]).toEqual(['kb#1', 'w']);
    expect(parents.byId('kb#1')).toEqual({ method: 'GET', path: '/v1/knowledge-bases/kb%231', accept: [404] });
    expect(parents.recordFact).toBe('collection_id');
  });
});

describe('a document read by id', () => {
  it('is asked for below its knowledge base, and may be gone', () => {
    expect(documents.byId.request({ recordId: 'd/1', workflowId: null, collectionId: 'kb#1' })).toEqual({
      method: 'GET',
      path: '/v1/knowledge-bases/kb%231/document/d%2F1',
      accept: [404],
    });
    expect(documents.byId.observe(DOCUMENT, itemContext({ parentId: 'kb#1' })).kind).toBe('observation');
    expect(documents.byId.observe({ detail: 'Not Found' }, itemContext()).kind).toBe('rejection');
  });

  it('cannot be asked for where its knowledge base is unknown', () => {
    expect(documents.byId.request({ recordId: ID, workflowId: 'w', collectionId: null })).toBeNull();
  });
});

it('documents are a stream of the connector, with the lifecycle that the diff is tested with', () => {
  expect(noxus.streams.documents).toEqual([documents]);
  expect(documents.kind).toEqual({ ...KINDS['noxus document'], name: 'noxus_document' });
  expect([documents.inBulk, documents.detail]).toEqual([null, null]);
});
