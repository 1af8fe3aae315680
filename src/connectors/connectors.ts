import type { Connector } from '../model/connector.ts';
import { noxus } from './noxus/noxus.ts';

/** Every source system that runledger can read, by the name that settings call it. */
export const CONNECTORS: Readonly<Record<string, Connector>> = { noxus };
