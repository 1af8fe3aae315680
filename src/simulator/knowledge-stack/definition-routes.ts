import type { Workflow } from '../workflow.ts';
import { notFound } from './answers.ts';
import { definitionForm } from './definition-form.ts';
import type { KnowledgeStackHandler } from './knowledge-stack-source.ts';
import { definitions } from './knowledge-stack-source.ts';
import { listPage } from './list-page.ts';
import type { QueryReader } from './query-reader.ts';
import { sortedBy } from './row-order.ts';

/** Oldest first, unless generation 2 is asked for another order. Templates are left out there, and there are no others. */
export const allDefinitions: KnowledgeStackHandler = (asked) => {
  const select = (query: QueryReader): readonly Workflow[] => {
    const rows = definitions(asked.source).map((workflow, index) => ({ id: workflow.id, number: index + 1, workflow }));
    if (asked.generation === 1) return rows.map(({ workflow }) => workflow);
    const sortBy = query.choice('sort_by', ['CREATED_AT', 'UPDATED_AT', 'NAME'], 'CREATED_AT');
    const direction = query.choice('sort_dir', ['ASC', 'DESC'], 'ASC');
    if (query.choice('is_template', ['true', 'false'], 'false') === 'true') return [];
    const sorted = sortedBy(rows, ({ workflow }) => (sortBy === 'NAME' ? workflow.name : workflow.createdAt), direction);
    return sorted.map(({ workflow }) => workflow);
  };
  return listPage(asked, select, (workflow) => definitionForm(asked, workflow));
};

export const singleDefinition: KnowledgeStackHandler = (asked) => {
  const workflow = definitions(asked.source).find(({ id }) => id === asked.id);
  return workflow === undefined ? notFound(asked) : { status: 200, body: definitionForm(asked, workflow) };
};
