import type { Document } from '../document.ts';
import type { SourceAnswer } from '../source-server.ts';
import type { ListRequest } from './list-request.ts';
import type { MorphikSource } from './morphik-source.ts';
import { projected } from './projection.ts';

/** The page that was asked for, and the counts of the whole list, all of this moment. */
export function listDocs(source: MorphikSource, request: ListRequest): SourceAnswer {
  const { stored, documentForm } = source;
  const { skip, limit } = request;
  const listed = source.orders
    .sorted(request.sort_by ?? 'updated_at', request.sort_direction)
    .filter((document) => source.isVisible(document) && (!request.completed_only || stored.status(document) === 'completed'));
  const isPage = request.return_documents && limit > 0;
  const page = isPage ? listed.slice(skip, skip + limit) : [];
  const isFollowed = skip + page.length < listed.length;
  // Whether there is more without a page is known only where the whole was counted.
  const hasMore = isFollowed && (isPage || request.include_total_count);
  const knowsBareNames = source.server() === 'current';
  const folders = request.include_folder_counts ? folderCounts(source, listed) : [];
  return {
    status: 200,
    body: {
      documents: page.map((document) => projected(documentForm.whole(document), request.fields ?? [], knowsBareNames)),
      skip,
      limit,
      returned_count: page.length,
      total_count: request.include_total_count ? listed.length : null,
      has_more: hasMore,
      next_skip: hasMore ? skip + page.length : null,
      status_counts: request.include_status_counts ? counted(listed.map((document) => stored.status(document) ?? 'unknown')) : null,
      folder_counts: folders.length === 0 ? null : folders,
    },
  };
}

/** What it answers where its database fails: a list that is empty, with none of the counts, whatever was asked for. */
export function emptyListDocs({ skip, limit }: ListRequest): SourceAnswer {
  return {
    status: 200,
    body: {
      documents: [],
      skip,
      limit,
      returned_count: 0,
      total_count: null,
      has_more: false,
      next_skip: null,
      status_counts: null,
      folder_counts: null,
    },
  };
}

/** Documents in no folder first. */
function folderCounts({ folders }: MorphikSource, listed: readonly Document[]): readonly object[] {
  const counts = new Map<string | null, number>();
  for (const document of listed) {
    const path = folders.of(document)?.path ?? null;
    counts.set(path, (counts.get(path) ?? 0) + 1);
  }
  return [...counts].map(([folder, count]) => ({ folder, count })).sort((a, b) => ((a.folder ?? '') < (b.folder ?? '') ? -1 : 1));
}

function counted(words: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
