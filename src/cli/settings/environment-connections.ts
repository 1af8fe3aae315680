import type { ConnectionSettings } from '../../model/connection.ts';
import { RunledgerError } from '../../model/errors.ts';
import type { Connectors } from './complete-connection.ts';
import { completeConnection } from './complete-connection.ts';
import type { Environment } from './interpolate.ts';

/** Every connector that runledger is meant to have, by the variable of its key, whether this release has it yet or not. */
const KEYS_OF_CONNECTORS: Readonly<Record<string, string>> = {
  NOXUS_API_KEY: 'noxus',
  MORPHIK_API_KEY: 'morphik',
  KNOWLEDGE_STACK_API_KEY: 'knowledge_stack',
};

export interface EnvironmentConnections {
  readonly connections: readonly ConnectionSettings[];
  /** Keys that are set and that this release cannot use. */
  readonly warnings: readonly string[];
}

/**
 * The connections that the environment alone makes: one for each connector whose key is set, named after the connector.
 *
 * @throws RunledgerError bad_settings
 */
export function environmentConnections(connectors: Connectors, env: Environment): EnvironmentConnections {
  const isSet = (variable: string): boolean => Boolean(env[variable]?.trim() || env[`${variable}_FILE`]);
  const connections = Object.entries(connectors)
    .filter(([, connector]) => isSet(connector.environment.apiKey))
    .map(([name]) => {
      const completed = completeConnection(name, { connector: name }, connectors, env);
      if (completed.ok) return completed.settings;
      const found = completed.problems.map(({ key, reason }) => `its ${key} ${reason}`).join('; ');
      throw new RunledgerError('bad_settings', `the connection ${name}, made from environment variables: ${found}`);
    });
  const warnings = Object.entries(KEYS_OF_CONNECTORS)
    .filter(([variable, name]) => !Object.hasOwn(connectors, name) && isSet(variable))
    .map(([variable, name]) => `${variable} is set, and this release of runledger has no connector ${name}`);
  return { connections, warnings };
}
