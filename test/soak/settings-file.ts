import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { API_KEY, type LiveSystem } from './live-system.ts';

/** Small timeouts, so that what stalls fails within a soak's minute, and no more requests a second than a laptop has breath for. */
const REQUESTS = 'requests: { concurrency: 4, per_second: 500, timeout: 2s, max_wait: 2s }';

/**
 * Writes a `runledger.yaml` that reads every system by way of its address.
 *
 * @returns the options that name it
 */
export function writeSettings(
  folder: string,
  database: string,
  systems: readonly { readonly system: Pick<LiveSystem, 'name' | 'connector'>; readonly url: string }[],
): readonly string[] {
  const path = join(folder, 'runledger.yaml');
  const connections = systems.map(
    ({ system, url }) =>
      `  ${system.name}: { connector: ${system.connector}, base_url: "${url}", api_key: "${API_KEY}", full_scan_every: 60s, ${REQUESTS} }\n`,
  );
  writeFileSync(path, `database: "${database}"\nconnections:\n${connections.join('')}`);
  return ['--config', path];
}
