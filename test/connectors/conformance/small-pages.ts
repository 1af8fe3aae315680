import { withSize } from '../../../src/extract/place.ts';
import type { ApiRequest, Connector, ListFeed, PagedList, StreamSource } from '../../../src/model/connector.ts';

/** The connector with lists that are cut into pages of so many rows, so that few records make many of them. Nothing else of it is another. */
export function withPagesOf(size: number): (connector: Connector) => Connector {
  const cut = <List extends PagedList>(list: List): List => ({
    ...list,
    request: resized(list, size),
    pagination: withSize(list.pagination, size),
  });
  const feedOf = (feed: ListFeed): ListFeed => ({
    ...feed,
    parents: feed.parents && { ...feed.parents, list: cut(feed.parents.list) },
    lists: (parentId) => feed.lists(parentId).map(cut),
    changedSince: feed.changedSince === null ? null : (from, until) => cut((feed.changedSince as ChangedSince)(from, until)),
  });
  const formOf = (form: StreamSource): StreamSource => ({ ...form, feeds: form.feeds.map(feedOf) });
  return (connector) => ({
    ...connector,
    streams: Object.fromEntries(Object.entries(connector.streams).map(([stream, forms]) => [stream, forms.map(formOf)])),
  });
}

/** The size can stand in the request by another name, too, which a server may heed instead. */
function resized({ request, pagination }: PagedList, size: number): ApiRequest {
  if (request.query === undefined || pagination.style !== 'page') return request;
  const query = Object.entries(request.query).map(([name, value]) => [name, value === pagination.size ? size : value]);
  return { ...request, query: Object.fromEntries(query) as NonNullable<ApiRequest['query']> };
}

type ChangedSince = NonNullable<ListFeed['changedSince']>;
