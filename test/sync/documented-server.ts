import { readFileSync } from 'node:fs';
import { CONNECTORS } from '../../src/connectors/connectors.ts';
import type { Ledger } from '../../src/db/open-ledger.ts';
import type { Stream } from '../../src/model/event.ts';
import { addMicros, instantFromMillis } from '../../src/model/instant.ts';
import type { SyncStreamResult } from '../../src/model/sync-result.ts';
import { defineConnection } from '../../src/sync/define-connection.ts';
import { sync } from '../../src/sync/sync.ts';
import { trackRecords } from '../../src/sync/track.ts';
import { sendJson, serve, type Served } from '../extract/support/serve.ts';
import { freshLedger, silent } from '../support/ledger.ts';

/** What a server answers, by method and path: a text is sent word for word. To all else it says that it has no such thing. */
export type Answers = Readonly<Record<string, unknown>>;

/** A source that is nothing but documents of its API: it knows no pages, no filters and no state. */
export interface Documented {
  readonly connector: 'noxus' | 'morphik' | 'knowledge_stack';
  readonly stream: Stream;
  readonly answers: Answers;
  /** Ids that only a user knows of. */
  readonly tracked?: readonly string[];
}

export interface SyncedSource {
  readonly ledger: Ledger;
  readonly served: Served;
  readonly first: SyncStreamResult;
  /** Once more: what does not move is recorded once. */
  readonly second: SyncStreamResult;
}

const HOUR_MICROS = 3_600_000_000n;

/** Two syncs, an hour apart, of such a source into a ledger of its own. */
export async function syncDocumented({ connector: name, stream, answers, tracked = [] }: Documented): Promise<SyncedSource> {
  let now = instantFromMillis(Date.UTC(2026, 8, 1, 9));
  const served = await serve((request, response) => {
    const answer = answers[`${request.method} ${request.url.pathname}`];
    const headers = { date: new Date(now).toUTCString() };
    if (answer === undefined) sendJson(response, { detail: 'Not Found' }, 404, headers);
    else sendJson(response, answer, 200, headers);
  });
  const connector = CONNECTORS[name];
  if (connector === undefined) throw new Error(`there is no connector ${name}`);
  const settings = defineConnection({
    connector,
    apiKey: 'a-key',
    baseUrl: served.url,
    streams: [stream],
    requests: { perSecond: Infinity },
  });
  const ledger = await freshLedger('postgres');
  const syncOnce = async (): Promise<SyncStreamResult> => {
    now = addMicros(now, HOUR_MICROS);
    const { streams } = await sync(ledger, { connections: [settings], now: () => now });
    return streams[0] as SyncStreamResult;
  };
  await trackRecords(ledger, { connection: name, stream, recordIds: tracked, now, log: silent });
  return { ledger, served, first: await syncOnce(), second: await syncOnce() };
}

export type PageFile =
  | 'noxus/pages/noxus-knowledge-base-runs'
  | 'noxus/pages/noxus-knowledge-base-runs-reference'
  | 'noxus/pages/noxus-runs'
  | 'morphik/pages/morphik-workflow-run';

/** The JSON example of a vendor's page, word for word. */
export function pageText(file: PageFile): string {
  return readFileSync(new URL(`../connectors/${file}.txt`, import.meta.url), 'utf8');
}
