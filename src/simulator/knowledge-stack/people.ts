import { derivedUuid } from '../derived-uuid.ts';
import type { Run } from '../run.ts';
import type { KnowledgeStackSource } from './knowledge-stack-source.ts';
import { PRIVATE } from './words.ts';

/** A tenant has one user for each way in which runs are begun, the same ones in both generations. */
export function userIdOf({ settings }: KnowledgeStackSource, { trigger }: Pick<Run, 'trigger'>): string {
  return derivedUuid(`user of ${settings.tenantId} for ${trigger}`);
}

export function personOf(source: KnowledgeStackSource, run: Pick<Run, 'trigger'>): object {
  return { user_id: userIdOf(source, run), first_name: PRIVATE.firstName, last_name: PRIVATE.lastName };
}
