import type { ConnectionSettings } from '../model/connection.ts';
import type { Stream } from '../model/event.ts';
import type { SyncStreamResult } from '../model/sync-result.ts';

/** What a sync says of a stream that another sync holds: nothing was read, and that is no failure. */
export function skippedResult(settings: ConnectionSettings, stream: Stream, holder: string, isFull: boolean): SyncStreamResult {
  return {
    connection: settings.name,
    connector: settings.connector.name,
    stream,
    mode: isFull ? 'full' : 'incremental',
    status: 'skipped',
    is_complete: false,
    incomplete_because: [],
    has_absence_proof: false,
    has_drift: false,
    request_count: 0,
    retry_count: 0,
    page_count: 0,
    observed_count: 0,
    new_count: 0,
    changed_count: 0,
    disappeared_count: 0,
    unchanged_count: 0,
    stale_count: 0,
    deferred_count: 0,
    ignored_count: 0,
    appended_count: 0,
    rejected_count: 0,
    unread_count: 0,
    open_count: 0,
    clock_skew_seconds: null,
    error: { code: 'ledger_locked', message: `another sync is reading it: ${holder}`, hint: null },
  };
}
