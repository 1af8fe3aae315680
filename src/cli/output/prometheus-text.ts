import { microsOf } from '../../model/instant.ts';
import type { LedgerStatus, StreamStatus } from '../../publish/read-status.ts';
import { printable } from './printable.ts';

interface Gauge {
  readonly name: string;
  readonly help: string;
  /** null: no sample for this stream */
  readonly value: (stream: StreamStatus) => number | null;
}

/** Where nothing is known yet, the value is the one that an alert should fire on: never synced is a lag without end. */
const GAUGES: readonly Gauge[] = [
  {
    name: 'runledger_last_complete_sync_timestamp_seconds',
    help: 'When the stream was last read completely, in seconds since 1970; 0 if never.',
    value: ({ last_complete_sync_at: at }) => (at === null ? 0 : Number(microsOf(at)) / 1e6),
  },
  {
    name: 'runledger_sync_lag_seconds',
    help: 'Seconds since the stream was last read completely; +Inf if never.',
    value: ({ lag_seconds: lag }) => lag ?? Infinity,
  },
  { name: 'runledger_open_records', help: 'Records that are not finished.', value: (stream) => stream.open_count },
  {
    name: 'runledger_stuck_records',
    help: 'Open records that are in their status for longer than they should be.',
    value: (stream) => stream.stuck_count,
  },
  {
    name: 'runledger_missing_records',
    help: 'Open records that the source answers 404 for, without proof yet that they are gone.',
    value: (stream) => stream.missing_count,
  },
  {
    name: 'runledger_unread_records',
    help: 'Open records that were not read since the last complete sync began.',
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
    help: 'By how much the clock of the source can differ from ours.',
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

function labels({ connector, connection, stream }: StreamStatus): string {
  return Object.entries({ connector, connection, stream })
    .map(([label, value]) => `${label}="${printable(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`)
    .join(',');
}
