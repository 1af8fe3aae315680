import type { ConnectionSettings } from '../../model/connection.ts';
import { RunledgerError } from '../../model/errors.ts';
import type { Connectors } from './complete-connection.ts';
import { completeConnection } from './complete-connection.ts';
import type { Environment } from './interpolate.ts';

/**
 * The connections that the environment alone makes: one for each connector whose key is set, named after the connector.
 *
 * @throws RunledgerError bad_settings
 */
export function environmentConnections(connectors: Connectors, env: Environment): readonly ConnectionSettings[] {
  const isSet = (variable: string): boolean => Boolean(env[variable]?.trim() || env[`${variable}_FILE`]);
  return Object.entries(connectors)
    .filter(([, connector]) => isSet(connector.environment.apiKey))
    .map(([name]) => {
      const completed = completeConnection(name, { connector: name }, connectors, env);
      if (completed.ok) return completed.settings;
      const found = completed.problems.map(({ key, reason }) => `its ${key} ${reason}`).join('; ');
      throw new RunledgerError('bad_settings', `the connection ${name}, made from environment variables: ${found}`);
    });
}
