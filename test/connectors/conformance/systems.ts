import type { ConformingSystem } from './conforming-system.ts';
import { knowledgeStackSystems } from './knowledge-stack-system.ts';
import { morphikSystems } from './morphik-system.ts';
import { noxusSystems } from './noxus-system.ts';

/**
 * What is held to conform: every connector, in every form in which a server of it answers (`systems.test.ts` notices one that is left out). The words and their
 * meanings are section D of the contract, written down here a second time and not taken from the connectors.
 *
 * Of section D only what becomes records: the state of a whole knowledge base, that of a node of a run, and what a workflow noted on a document are none.
 */
export const SYSTEMS: readonly ConformingSystem[] = [...noxusSystems, ...morphikSystems, ...knowledgeStackSystems];
