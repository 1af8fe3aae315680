import type { Logger } from 'pino';
import { createApi } from '../extract/create-api.ts';
import { inPagesOf } from '../extract/place.ts';
import { readPages } from '../extract/read-pages.ts';
import { certainSkewMicros, clockOffset } from '../model/clock-offset.ts';
import type { ConnectionSettings } from '../model/connection.ts';
import { RunledgerError } from '../model/errors.ts';
import type { Stream } from '../model/event.ts';
import { instantFromMillis, type Instant } from '../model/instant.ts';
import { isNotThere } from './read-parents.ts';
import { createStreamForm } from './stream-form.ts';

export type ConnectionCheck =
  | {
      readonly ok: true;
      readonly account_id: string | null;
      /** By how much the source's clock is ahead of ours at least, negative where it is behind; null where it tells no time. */
      readonly clock_skew_seconds: number | null;
      readonly streams: readonly StreamCheck[];
    }
  | { readonly ok: false; readonly code: string; readonly message: string; readonly hint: string | null };

export interface StreamCheck {
  readonly stream: Stream;
  readonly ok: boolean;
  readonly message: string;
}

/** Asks a source system the least that tells whether a connection works, and each of its streams for one page. Writes nothing. */
export async function checkConnection(
  settings: ConnectionSettings,
  options: { readonly log: Logger; readonly signal: AbortSignal; readonly fetch?: typeof globalThis.fetch; readonly now?: () => Instant },
): Promise<ConnectionCheck> {
  const { log, signal, now = () => instantFromMillis(Date.now()) } = options;
  try {
    const fetcher = options.fetch === undefined ? {} : { fetch: options.fetch };
    const api = createApi({ connection: settings, now, log, signal, backoff: { retries: 1 }, ...fetcher });
    const { probe } = settings.connector;
    const { body, response } = await api.read(probe.request);
    const offset = clockOffset(response);
    const skewSeconds = offset === null ? null : Number(certainSkewMicros(offset)) / 1e6;
    const streams: StreamCheck[] = [];
    for (const stream of settings.streams) streams.push(await checkStream(settings, stream, api, { log, signal, now }));
    return { ok: true, account_id: probe.accountIdOf(body), clock_skew_seconds: skewSeconds, streams };
  } catch (error) {
    return failure(error);
  }
}

async function checkStream(
  settings: ConnectionSettings,
  stream: Stream,
  api: ReturnType<typeof createApi>,
  { log, signal, now }: { readonly log: Logger; readonly signal: AbortSignal; readonly now: () => Instant },
): Promise<StreamCheck> {
  const forms = settings.connector.streams[stream];
  if (forms === undefined) return { stream, ok: false, message: `${settings.connector.title} has no such stream` };
  // Only the root list of the feed that shows all tells whether there is such a stream: the connection itself has just been found to work.
  let isAtRoot = false;
  try {
    const form = createStreamForm(forms, { generation: null, since: null }, { log, onFound: () => Promise.resolve() });
    await form.recognise(api, now(), 'first');
    const { source } = form;
    const seen: string[] = [];
    for (const feed of source.feeds) {
      const list = feed.parents === null ? feed.lists(null)[0] : feed.parents.list;
      if (list === undefined) continue;
      isAtRoot = feed.showsAll;
      for await (const page of readPages(api, inPagesOf(list, FEW_ROWS), { signal })) {
        seen.push(`${feed.name}: ${page.total === null ? 'answers' : `${page.total} ${feed.parents === null ? stream : 'lists to read'}`}`);
        break;
      }
    }
    return { stream, ok: true, message: seen.join('; ') };
  } catch (error) {
    if (isAtRoot && isNotThere(error)) return { stream, ok: true, message: 'not offered by this source' };
    const problem = failure(error);
    return { stream, ok: false, message: [problem.message, problem.hint].filter((text) => text !== null).join(' ') };
  }
}

/** Rows can be megabytes. */
const FEW_ROWS = 5;

function failure(error: unknown): { readonly ok: false; readonly code: string; readonly message: string; readonly hint: string | null } {
  if (!(error instanceof RunledgerError) || error.code === 'aborted') throw error;
  return { ok: false, code: error.code, message: error.message, hint: error.hint };
}
