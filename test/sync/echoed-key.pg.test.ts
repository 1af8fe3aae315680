import { sql } from 'kysely';
import { expect, it } from 'vitest';
import { morphik } from '../../src/connectors/morphik/morphik.ts';
import { defineConnection } from '../../src/sync/define-connection.ts';
import { sync } from '../../src/sync/sync.ts';
import { sendJson, serve } from '../extract/support/serve.ts';
import { markedSecret } from '../faults/marked-secrets.ts';
import { freshLedger } from '../support/ledger.ts';

it('a key that a source repeats in the error of a record is in no row, however the source has quoted it', async () => {
  const key = markedSecret('key');
  const quoted = JSON.stringify({ authorization: `Bearer ${key}` });
  const errors = [
    key,
    quoted,
    quoted.replaceAll('/', '\\/'),
    quoted.replaceAll('+', '\\u002b'),
    JSON.stringify(quoted.replaceAll('/', '\\/')),
    encodeURIComponent(key),
    encodeURIComponent(key).replaceAll(/%../g, (hex) => hex.toLowerCase()),
  ];
  const documents = errors.map((error, index) => ({
    external_id: `doc-${index}`,
    content_type: 'text/plain',
    app_id: 'app',
    system_metadata: { status: 'failed', error, created_at: '2026-01-01T00:00:00Z', updated_at: '2026-01-01T00:00:00Z' },
  }));
  const server = await serve(({ url }, response) => {
    const page = { documents, skip: 0, limit: 200, total_count: documents.length, status_counts: {} };
    sendJson(response, url.pathname === '/documents/list_docs' ? page : []);
  });
  const settings = defineConnection({ connector: morphik, name: 'morphik', apiKey: key, baseUrl: server.url, streams: ['documents'] });
  const ledger = await freshLedger('postgres');
  const { streams } = await sync(ledger, { connections: [settings] });
  expect(streams[0]).toMatchObject({ status: 'succeeded', new_count: errors.length });
  const { rows } = await sql<{ row: string }>`select d::text as row from runledger.details d`.execute(ledger.db);
  const marked = rows.filter(({ row }) => row.includes('[api key]'));
  expect(marked.length).toBeGreaterThanOrEqual(errors.length);
  // The middle of it is the same in every spelling.
  expect(rows.filter(({ row }) => row.includes('Marked'))).toEqual([]);
});
