import type { Parents } from '../../model/connector.ts';
import { readId } from '../../observe/read-id.ts';
import { fieldOf, keyOfField } from '../item-field.ts';
import { pathSegment } from '../path-segment.ts';
import { PAGES, readEnvelope } from './page-envelope.ts';

export const idOf = keyOfField('id');

/** Knowledge bases, as the parents of lists of runs and of documents. */
export const knowledgeBases: Omit<Parents, 'versionOf'> = {
  list: { request: { method: 'GET', path: '/v1/knowledge-bases' }, pagination: PAGES, parse: readEnvelope, keyOf: idOf },
  idOf,
  accountIdOf: (item) => readId(fieldOf(item, 'group_id')),
  byId: (id) => ({ method: 'GET', path: `/v1/knowledge-bases/${pathSegment(id)}`, accept: [404] }),
  takesRecordsAlong: true,
  recordFact: 'collection_id',
};
