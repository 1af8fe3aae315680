import { microsOf, type Instant } from '../../model/instant.ts';
import type { LedgerStatus, StreamStatus } from '../../publish/read-status.ts';
import { printable } from './printable.ts';

interface Gauge {
  readonly name: string;
  readonly help: string;
  /** null: no sample for this stream */
  readonly value: (stream: StreamStatus) => number | null;
}

/**
 * Where nothing is known yet, the value is the one that an alert should fire on: never synced is a lag without end. A stream that the source
 * does not have has no freshness to watch.
 */
const GAUGES: readonly Gauge[] = [
  {
    name: 'runledger_last_complete_sync_timestamp_seconds',
    help: 'When the stream was last read completely, in seconds since 1970; 0 if never.',
    value: (stream) => (isUnsupported(stream) ? null : secondsOf(stream.last_complete_sync_at)),
  },
  {
    name: 'runledger_sync_lag_seconds',
    help: 'Seconds since the stream was last read completely; +Inf if never.',
    value: (stream) => (isUnsupported(stream) ? null : (stream.lag_seconds ?? Infinity)),
  },
  {
    name: 'runledger_last_full_scan_timestamp_seconds',
    help: 'When the last scan began that saw every record, in seconds since 1970; 0 if none did.',
    value: (stream) => (isUnsupported(stream) ? null : secondsOf(stream.last_full_scan_at)),
  },
  {
    name: 'runledger_scan_incomplete',
    help: '1 where the scan that was tried last is not proven to have seen every record.',
    value: (stream) => (stream.is_scan_incomplete ? 1 : 0),
  },
  { name: 'runledger_open_records', help: 'Records that are not finished.', value: (stream) => stream.open_count },
  {
    name: 'runledger_stuck_records',
    help: 'Open records that are in their status for longer than they should be.',
    value: (stream) => stream.stuck_count,
  },
  {
    name: 'runledger_missing_records',
    help: 'Records that a read by id or a proven scan did not find, without proof yet that they are gone.',
    value: (stream) => stream.missing_count,
  },
  {
    name: 'runledger_unconfirmed_absences',
    help: 'Records that a proven scan did not find, to be confirmed by reads by id.',
    value: (stream) => stream.unconfirmed_absence_count,
  },
  {
    name: 'runledger_absences_held_back',
    help: '1 where too many records would vanish at once, and a person has to accept that.',
    value: (stream) => (stream.absence_finding === null ? 0 : 1),
  },
  {
    name: 'runledger_unread_records',
    help: 'Open records that the latest sync did not reach.',
    value: (stream) => stream.unread_count,
  },
  {
    name: 'runledger_odd_events_24h',
    help: 'Events recorded in the last 24 hours in which something was odd.',
    value: (stream) => stream.anomaly_count,
  },
  {
    name: 'runledger_consecutive_sync_failures',
    help: 'Syncs of the stream that failed since the last that succeeded.',
    value: (stream) => stream.consecutive_failure_count,
  },
  {
    name: 'runledger_clock_skew_seconds',
    help: 'By how much the clock of the source is ahead of ours at least; negative: behind.',
    value: (stream) => stream.clock_skew_seconds,
  },
];

/** The status in the text format of Prometheus, version 0.0.4. */
export function prometheusText({ streams }: LedgerStatus): string {
  return GAUGES.flatMap(({ name, help, value }) => {
    const samples = streams.flatMap((stream) => {
      const found = value(stream);
      return found === null ? [] : [`${name}{${labels(stream)}} ${found === Infinity ? '+Inf' : String(found)}\n`];
    });
    return [`# HELP ${name} ${help}\n# TYPE ${name} gauge\n`, ...samples];
  }).join('');
}

function isUnsupported({ last_status: status }: StreamStatus): boolean {
  return status === 'unsupported';
}

function secondsOf(at: Instant | null): number {
  return at === null ? 0 : Number(microsOf(at)) / 1e6;
}

function labels({ connector, connection, stream }: StreamStatus): string {
  return Object.entries({ connector, connection, stream })
    .map(([label, value]) => `${label}="${printable(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)
    .join(',');
}
