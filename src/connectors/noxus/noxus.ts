import { z } from 'zod';
import type { Connector } from '../../model/connector.ts';
import { readId } from '../../observe/read-id.ts';
import { documents } from './documents.ts';
import { errorText } from '../error-text.ts';
import { runs } from './runs.ts';

/** Noxus: one connection is one workspace, the one that its API key belongs to. */
export const noxus: Connector = {
  name: 'noxus',
  title: 'Noxus',
  // The vendor's SDK takes this host; others of its are in use, which is why it is a setting.
  defaultBaseUrl: 'https://backend.noxus.ai',
  environment: { apiKey: 'NOXUS_API_KEY', baseUrl: 'NOXUS_BASE_URL' },
  headers: (apiKey) => ({ 'X-API-Key': apiKey }),
  requestIdHeaders: ['x-request-id', 'x-noxus-request-id'],
  errorText,
  probe: {
    request: { method: 'GET', path: '/v1/runs', query: { page: 1, size: 1 } },
    accountIdOf: (body) => readId(probedPage.safeParse(body).data?.items[0]?.group_id),
  },
  streams: { runs: [runs], documents: [documents] },
};

const probedPage = z.object({ items: z.array(z.object({ group_id: z.unknown() })) });
