import type { Connector } from '../../model/connector.ts';
import { errorText } from '../error-text.ts';
import { documents } from './documents.ts';
import { runs } from './runs.ts';

/** Morphik: one connection is one app, the one that its token is bound to. */
export const morphik: Connector = {
  name: 'morphik',
  title: 'Morphik',
  defaultBaseUrl: 'https://api.morphik.ai',
  environment: { apiKey: 'MORPHIK_API_KEY', baseUrl: 'MORPHIK_BASE_URL' },
  headers: (apiKey) => ({ Authorization: `Bearer ${apiKey}` }),
  // None is documented.
  requestIdHeaders: [],
  errorText,
  probe: {
    // The one listing that every server has, asked for no document: an older server would send the document's whole text with it.
    request: { method: 'POST', path: '/documents', body: { skip: 0, limit: 0, fields: ['external_id'] } },
    // Without a document nothing names the app: what is listed later does.
    accountIdOf: () => null,
  },
  streams: { runs: [runs], documents },
};
