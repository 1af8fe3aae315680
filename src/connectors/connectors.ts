import type { Connector } from '../model/connector.ts';
import { knowledgeStack } from './knowledge-stack/knowledge-stack.ts';
import { morphik } from './morphik/morphik.ts';
import { noxus } from './noxus/noxus.ts';

/** Every source system that runledger can read, by the name that settings call it. */
export const CONNECTORS: Readonly<Record<string, Connector>> = { noxus, morphik, knowledge_stack: knowledgeStack };
