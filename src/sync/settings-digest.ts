import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { ConnectionSettings } from '../model/connection.ts';

/** Tells whether two syncs ran with the same settings. Credentials are left out, so that it tells nothing of them. @returns hex */
export function settingsDigest(connections: readonly ConnectionSettings[]): string {
  const plain = connections.map((settings) => ({ ...settings, connector: settings.connector.name, apiKey: null }));
  // By way of JSON, which has no infinity: a limit that is none becomes null.
  const text = canonicalize(JSON.parse(JSON.stringify(plain))) ?? '';
  return createHash('sha256').update(text).digest('hex');
}
