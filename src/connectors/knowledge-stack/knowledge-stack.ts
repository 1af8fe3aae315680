import type { Connector } from '../../model/connector.ts';
import { readId } from '../../observe/read-id.ts';
import { errorText } from '../error-text.ts';
import { fieldOf } from '../item-field.ts';
import { DEFINITIONS } from './definitions.ts';
import { documents } from './documents.ts';
import { itemsOf, TITLE } from './page-envelope.ts';
import { runs } from './runs.ts';

/** Knowledge Stack: one connection is one tenant, seen with the eyes of the user whose key it is. */
export const knowledgeStack: Connector = {
  name: 'knowledge_stack',
  title: TITLE,
  defaultBaseUrl: 'https://api.knowledgestack.ai',
  environment: { apiKey: 'KNOWLEDGE_STACK_API_KEY', baseUrl: 'KNOWLEDGE_STACK_BASE_URL' },
  headers: (apiKey) => ({ Authorization: `Bearer ${apiKey}` }),
  // A request is named in the body of an error, and in no header that is documented.
  requestIdHeaders: [],
  errorText,
  probe: {
    request: { method: 'GET', path: DEFINITIONS, query: { limit: 1 } },
    // The first generation names no tenant.
    accountIdOf: (body) => readId(fieldOf(itemsOf(body)?.[0], 'tenant_id')),
  },
  streams: { runs, documents },
};
