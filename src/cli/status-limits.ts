import type { LedgerStatus, StreamStatus } from '../publish/read-status.ts';
import { formatCount, formatSeconds } from './output/format.ts';

/** null: no limit */
export interface StatusLimits {
  readonly maxLagSeconds: number | null;
  readonly maxStuck: number | null;
}

/** Keys as `--json` prints them. */
export interface ExceededLimit {
  /** null where there is no stream at all */
  readonly connection: string | null;
  readonly stream: string | null;
  readonly limit: 'max_lag' | 'max_stuck';
  readonly message: string;
}

/** The streams that exceed a limit. A ledger without any stream exceeds a limit of lag: nothing in it is fresh. */
export function exceededLimits({ streams }: LedgerStatus, limits: StatusLimits): readonly ExceededLimit[] {
  if (streams.length === 0 && limits.maxLagSeconds !== null) {
    return [{ connection: null, stream: null, limit: 'max_lag', message: 'no stream was ever synced' }];
  }
  return streams.flatMap((stream) => [...lagging(stream, limits.maxLagSeconds), ...stuck(stream, limits.maxStuck)]);
}

function lagging({ connection, stream, lag_seconds: lag, last_status: status }: StreamStatus, most: number | null): ExceededLimit[] {
  // A stream that the source does not have cannot be fresh, and is not amiss.
  if (most === null || status === 'unsupported' || (lag !== null && lag <= most)) return [];
  const found = lag === null ? 'never read completely' : `last complete sync ${formatSeconds(lag)} ago`;
  return [{ connection, stream, limit: 'max_lag', message: `${connection} ${stream}: ${found}, allowed ${formatSeconds(most)}` }];
}

function stuck({ connection, stream, stuck_count: count }: StreamStatus, most: number | null): ExceededLimit[] {
  if (most === null || count <= most) return [];
  return [
    {
      connection,
      stream,
      limit: 'max_stuck',
      message: `${connection} ${stream}: ${formatCount(count)} stuck, allowed ${formatCount(most)}`,
    },
  ];
}
