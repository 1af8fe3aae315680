import { describe, expect, it } from 'vitest';
import { expectOnlyKnownFields } from '../../support/openapi-validator.ts';
import { DETAIL, EXECUTION, PAGE_DETAIL, PAGE_EXECUTION, SUMMARY } from './document-examples.ts';
import { pageFields, pageWords } from './page-fields.ts';
import { FIRST_DEFINITION, FIRST_RUN, SECOND_DEFINITION, SECOND_RUN } from './run-examples.ts';

/** What the tests of this connector take for the source's answers, held to what the vendor says of them. */
describe('the examples', () => {
  it.each([
    ['WorkflowRunResponse', FIRST_RUN],
    ['WorkflowSummaryResponse', SUMMARY],
    ['WorkflowStatusResponse', PAGE_EXECUTION],
  ])('have the fields of the page’s %s and no others', (answer, example) => {
    expect(Object.keys(example)).toEqual([...pageFields(answer).keys()]);
    for (const [name, type] of pageFields(answer))
      expect(typeOf(Object.entries(example).find(([key]) => key === name)?.[1], type)).toBe(true);
  });

  it('have, for the page’s detail, the fields of the summary and those that the page adds', () => {
    expect(Object.keys(PAGE_DETAIL)).toEqual([
      ...pageFields('WorkflowSummaryResponse').keys(),
      ...pageFields('WorkflowDetailResponse').keys(),
    ]);
  });

  it.each([
    ['/v1/workflow-runs/{run_id}', FIRST_RUN],
    ['/v1/workflow-runs/{run_id}', SECOND_RUN],
    ['/v1/workflow-runs', { items: [SECOND_RUN], total: 1, limit: 100, offset: 0 }],
    ['/v1/workflow-definitions/{definition_id}', FIRST_DEFINITION],
    ['/v1/workflow-definitions/{definition_id}', SECOND_DEFINITION],
    ['/v1/workflows/document_versions', { items: [SUMMARY], total: 1, limit: 100, offset: 0 }],
    ['/v1/workflows/document_versions/{workflow_id}', PAGE_DETAIL],
    ['/v1/system-jobs/document_versions/{workflow_id}', DETAIL],
    ['/v1/workflows/{workflow_id}', PAGE_EXECUTION],
    ['/v1/system-jobs/{workflow_id}', EXECUTION],
  ])('of %s are as the OpenAPI has them (%#)', (path, example) => {
    expectOnlyKnownFields('knowledgestack', 'GET', path, 200, example);
  });

  it('know the words that the page lists', () => {
    expect(pageWords('Current lifecycle status')).toEqual(['PENDING', 'RUNNING', 'COMPLETED', 'FAILED']);
    expect(pageWords('Ingestion pipeline status')).toEqual(['pending', 'processing', 'completed', 'failed', 'cancelled']);
  });
});

function typeOf(value: unknown, type: string): boolean {
  const found = value === null ? 'null' : typeof value === 'number' ? 'integer' : typeof value;
  return type.split(' | ').includes(found);
}
