import { checkBaseUrl } from '../../extract/check-base-url.ts';
import type { ConnectionSettings } from '../../model/connection.ts';
import { DEFAULT_FULL_SCAN_EVERY_MS, DEFAULT_OPEN_READS, DEFAULT_OVERLAP_MS, DEFAULT_REQUESTS } from '../../model/connection.ts';
import type { Connector } from '../../model/connector.ts';
import type { Stream } from '../../model/event.ts';
import { SHORTEST_SECRET_IN_DATA } from '../../model/without-secret.ts';
import type { Environment } from './interpolate.ts';
import { readSecret } from './read-secret.ts';
import type { Reading } from './reading.ts';
import { readAs, refuse } from './reading.ts';
import type { ConnectionFile } from './settings-schema.ts';
import { listed } from './settings-schema.ts';

export type Connectors = Readonly<Record<string, Connector>>;

export type Completed =
  | { readonly ok: true; readonly settings: ConnectionSettings }
  | { readonly ok: false; readonly problems: readonly { readonly key: keyof ConnectionFile; readonly reason: string }[] };

/**
 * A connection with every default filled in. What its settings leave out comes from the connector's own environment variables
 * (`NOXUS_API_KEY` or `NOXUS_API_KEY_FILE`, `NOXUS_BASE_URL`), then from defaults.
 */
export function completeConnection(name: string, file: ConnectionFile, connectors: Connectors, env: Environment): Completed {
  const connector = Object.hasOwn(connectors, file.connector) ? connectors[file.connector] : undefined;
  if (connector === undefined) {
    return { ok: false, problems: [{ key: 'connector', reason: `must be ${listed(Object.keys(connectors))}` }] };
  }
  const apiKey = readApiKey(file, connector, env);
  const baseUrl = withoutKey(readBaseUrl(file, connector, env), apiKey);
  const streams = readStreams(file, connector);
  if (!baseUrl.ok || !apiKey.ok || !streams.ok) {
    const readings = [
      { key: 'base_url', ...baseUrl } as const,
      { key: 'api_key', ...apiKey } as const,
      { key: 'streams', ...streams } as const,
    ];
    return { ok: false, problems: readings.flatMap((each) => (each.ok ? [] : [{ key: each.key, reason: each.reason }])) };
  }
  return {
    ok: true,
    settings: {
      name,
      connector,
      baseUrl: baseUrl.value,
      apiKey: apiKey.value,
      label: file.label ?? null,
      streams: streams.value,
      payloads: file.payloads ?? 'redacted',
      statuses: file.statuses ?? {},
      requests: {
        concurrency: file.requests?.concurrency ?? DEFAULT_REQUESTS.concurrency,
        perSecond: file.requests?.per_second ?? DEFAULT_REQUESTS.perSecond,
        timeoutMs: file.requests?.timeout ?? DEFAULT_REQUESTS.timeoutMs,
        maxWaitMs: file.requests?.max_wait ?? DEFAULT_REQUESTS.maxWaitMs,
        maxBytes: file.requests?.max_bytes ?? DEFAULT_REQUESTS.maxBytes,
      },
      overlapMs: file.overlap ?? DEFAULT_OVERLAP_MS,
      fullScanEveryMs: file.full_scan_every ?? DEFAULT_FULL_SCAN_EVERY_MS,
      openReads: file.open_reads ?? DEFAULT_OPEN_READS,
      stuckAfterMs: file.stuck_after ?? null,
      allowHttp: file.allow_http ?? false,
    },
  };
}

export function streamsOf(connector: Connector): readonly Stream[] {
  return (Object.keys(connector.streams) as Stream[]).filter((stream) => connector.streams[stream] !== undefined);
}

function readBaseUrl(file: ConnectionFile, connector: Connector, env: Environment): Reading<string> {
  const variable = connector.environment.baseUrl;
  const fromEnvironment = env[variable]?.trim();
  const written = file.base_url ?? (fromEnvironment === '' ? null : fromEnvironment) ?? connector.defaultBaseUrl;
  if (written === null) return refuse(`is missing: write it here or set ${variable}, because ${connector.title} has no usual address`);
  const checked = checkBaseUrl(written, file.allow_http ?? false);
  if (checked.ok) return readAs(checked.baseUrl);
  return refuse(file.base_url === undefined && fromEnvironment ? `${checked.reason} (it comes from ${variable})` : checked.reason);
}

/** The address is named in messages and in the ledger. */
function withoutKey(baseUrl: Reading<string>, apiKey: Reading<string>): Reading<string> {
  const isHeld = baseUrl.ok && apiKey.ok && apiKey.value.length >= SHORTEST_SECRET_IN_DATA && baseUrl.value.includes(apiKey.value);
  return isHeld ? refuse('holds the api key: take it out, it is sent in a header') : baseUrl;
}

function readApiKey(file: ConnectionFile, connector: Connector, env: Environment): Reading<string> {
  const variable = connector.environment.apiKey;
  const reading = file.api_key === undefined ? readSecret(variable, env) : readAs(file.api_key.trim());
  if (!reading.ok) return reading;
  if (reading.value === null || reading.value === '')
    return refuse(`is missing: set ${variable} or ${variable}_FILE, or write api_key: \${${variable}}`);
  // What no HTTP header can carry would only fail at the first request, with a message that may quote it.
  if (!/^[\x21-\x7e]+$/.test(reading.value))
    return refuse('holds blanks or letters that no API key has: copy the key again, without quotes');
  return readAs(reading.value);
}

function readStreams(file: ConnectionFile, connector: Connector): Reading<readonly Stream[]> {
  const existing = streamsOf(connector);
  const lacking = (file.streams ?? []).filter((stream) => !existing.includes(stream));
  if (lacking.length > 0)
    return refuse(`names ${listed(lacking)}, which runledger cannot read from ${connector.title}: it reads ${listed(existing)}`);
  return readAs(file.streams === undefined ? existing : [...new Set(file.streams)]);
}
