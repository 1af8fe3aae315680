import { describe, expect, it } from 'vitest';
import { CONNECTORS } from '../../../src/connectors/connectors.ts';
import { documents } from '../../../src/connectors/knowledge-stack/documents.ts';
import { knowledgeStack } from '../../../src/connectors/knowledge-stack/knowledge-stack.ts';
import { runs } from '../../../src/connectors/knowledge-stack/runs.ts';
import { FIRST_DEFINITION, SECOND_DEFINITION, TENANT_ID } from './run-examples.ts';

describe('the connector', () => {
  it('is known by its name, with both streams', () => {
    expect(CONNECTORS['knowledge_stack']).toBe(knowledgeStack);
    expect([knowledgeStack.name, knowledgeStack.title]).toEqual(['knowledge_stack', 'Knowledge Stack']);
    expect(knowledgeStack.streams).toEqual({ runs, documents });
    expect(knowledgeStack.environment).toEqual({ apiKey: 'KNOWLEDGE_STACK_API_KEY', baseUrl: 'KNOWLEDGE_STACK_BASE_URL' });
    expect(knowledgeStack.defaultBaseUrl).toBe('https://api.knowledgestack.ai');
  });

  it('sends the key as a bearer and nowhere else', () => {
    expect(knowledgeStack.headers('sk-user-1')).toEqual({ Authorization: 'Bearer sk-user-1' });
  });

  it('learns the tenant from the cheapest request, where it names one', () => {
    expect(knowledgeStack.probe.request).toEqual({ method: 'GET', path: '/v1/workflow-definitions', query: { limit: 1 } });
    const { accountIdOf } = knowledgeStack.probe;
    expect(accountIdOf({ items: [SECOND_DEFINITION], total: 1, limit: 1, offset: 0 })).toBe(TENANT_ID);
    for (const body of [{ items: [FIRST_DEFINITION] }, { items: [] }, { items: [{ tenant_id: 7 }] }, { items: [null] }, null, 'html', []])
      expect(accountIdOf(body)).toBeNull();
  });

  it.each([
    [{ detail: 'Invalid API key' }, 'Invalid API key'],
    [{ detail: 'Daily quota is used up', code: 'quota_exceeded', request_id: 'req-1' }, 'Daily quota is used up'],
    [
      { detail: [{ loc: ['query', 'limit'], msg: 'Input should be less than 101', type: 'x' }] },
      'query.limit: Input should be less than 101',
    ],
    ['<html>', null],
  ])('takes the source’s words out of an error answer of either generation (%#)', (body, text) => {
    expect(knowledgeStack.errorText(body)).toBe(text);
  });
});
