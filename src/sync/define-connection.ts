import { checkBaseUrl } from '../extract/check-base-url.ts';
import {
  DEFAULT_FULL_SCAN_EVERY_MS,
  DEFAULT_OPEN_READS,
  DEFAULT_OVERLAP_MS,
  DEFAULT_REQUESTS,
  type ConnectionSettings,
  type RequestLimits,
} from '../model/connection.ts';
import { RunledgerError } from '../model/errors.ts';
import type { Stream } from '../model/event.ts';

export type ConnectionOptions = Pick<ConnectionSettings, 'connector' | 'apiKey'> &
  Partial<Omit<ConnectionSettings, 'connector' | 'apiKey' | 'requests'>> & { readonly requests?: Partial<RequestLimits> };

/**
 * A connection with every default filled in: the name is the connector's, the base URL the source system's own, the streams all that the
 * connector has.
 *
 * @throws RunledgerError bad_settings for a base URL that is missing or cannot be used, or a stream that the connector does not have
 */
export function defineConnection(options: ConnectionOptions): ConnectionSettings {
  const { connector, allowHttp = false } = options;
  const name = options.name ?? connector.name;
  const baseUrl = options.baseUrl ?? connector.defaultBaseUrl;
  if (baseUrl === null) {
    throw new RunledgerError('bad_settings', `connection ${name} has no base_url, and ${connector.title} has no usual one`, {
      hint: `Name it in the settings or in ${connector.environment.baseUrl}.`,
    });
  }
  const checked = checkBaseUrl(baseUrl, allowHttp);
  if (!checked.ok) throw new RunledgerError('bad_settings', `base_url of connection ${name} ${checked.reason}`);
  const available = Object.keys(connector.streams) as Stream[];
  const streams = options.streams ?? available;
  const unknown = streams.filter((stream) => !available.includes(stream));
  if (unknown.length > 0) {
    throw new RunledgerError('bad_settings', `${connector.title} has no stream ${unknown.join(', ')}, which connection ${name} asks for`, {
      hint: `It has: ${available.join(', ')}.`,
    });
  }
  return {
    name,
    connector,
    baseUrl: checked.baseUrl,
    apiKey: options.apiKey,
    label: options.label ?? null,
    streams,
    payloads: options.payloads ?? 'redacted',
    statuses: options.statuses ?? {},
    requests: { ...DEFAULT_REQUESTS, ...options.requests },
    overlapMs: options.overlapMs ?? DEFAULT_OVERLAP_MS,
    fullScanEveryMs: options.fullScanEveryMs ?? DEFAULT_FULL_SCAN_EVERY_MS,
    openReads: options.openReads ?? DEFAULT_OPEN_READS,
    stuckAfterMs: options.stuckAfterMs ?? null,
    allowHttp,
  };
}
