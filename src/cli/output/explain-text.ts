import type { ExplainedEvent } from '../../publish/explain-history.ts';
import { formatExactTime, UNKNOWN } from './format.ts';

const LONGEST_CONTENT = 1_000;

/** How we know of an event: why its time is what it is, the request, its answer, what was seen in it, and the sync that recorded it. */
export function explainLines(event: ExplainedEvent): string[] {
  return [
    `   why: ${why(event)}`,
    ...requestLines(event),
    ...sawLines(event),
    `   sync: ${syncText(event)}`,
    `   recorded: ${formatExactTime(event.recorded_at)}, hash ${event.chain_hash}`,
  ];
}

function why(event: ExplainedEvent): string {
  if (event.event_type === 'redacted') return 'somebody ran `runledger redact`';
  if (event.reported_at !== null) return 'the source gives this time itself';
  if (event.event_type === 'disappeared') {
    const gone = 'at the later end had arrived the answer that shows that it is gone';
    return event.earliest_at === null ? gone : `at the earlier end it was last known to be there; ${gone}`;
  }
  // Both ends are the narrower of what our requests and the times of the source tell.
  const seen = 'at the later end it had happened, by the answer that showed it first or by a time that the source gives';
  return event.earliest_at === null
    ? `${seen}; nothing tells since when`
    : `at the earlier end it had not, by the last request that still found it otherwise or by a time that the source gives; ${seen}`;
}

function requestLines(event: ExplainedEvent): string[] {
  if (event.response_id === null) return ['   request: none; no answer of the source is behind it'];
  const page = event.response_page === null ? '' : `, page ${event.response_page}`;
  return [
    `   request: ${event.response_method ?? UNKNOWN} ${event.response_path ?? UNKNOWN}${page}, sent ${formatExactTime(event.response_sent_at)}`,
    `   answer: HTTP ${event.response_status ?? UNKNOWN}, received ${formatExactTime(event.response_received_at)}, ${serverText(event)}`,
  ];
}

function serverText({ response_server_date: date, response_request_id: requestId }: ExplainedEvent): string {
  const clock = date === null ? 'without a server date' : `server date ${formatExactTime(date)}`;
  return `${clock}, ${requestId === null ? 'without a request id' : `request id ${requestId}`}`;
}

function sawLines(event: ExplainedEvent): string[] {
  const word = event.source_status === null ? [] : [`status ${event.source_status}`];
  const facts = Object.entries(event.facts).map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const seen = [...word, ...facts];
  return [
    `   saw: ${seen.length === 0 ? 'nothing else than was known' : seen.join(', ')}`,
    ...(event.error === null ? [] : [`   error: ${shortened(event.error)}`]),
    ...(event.body === null ? [] : [`   body: ${shortened(JSON.stringify(event.body))}`]),
    ...(event.details === 'kept' || event.details === 'none' ? [] : [`   error and body: ${AWAY[event.details]}`]),
  ];
}

const AWAY = {
  redacted: 'taken away by a redaction; the digest of them stays',
  not_readable: 'kept, and this database user may not read them',
} as const;

function syncText(event: ExplainedEvent): string {
  if (event.sync_id === null) return 'none';
  const mode = event.sync_mode === null ? '' : `, ${event.sync_mode}`;
  const status = event.sync_status === null ? '' : `, ${event.sync_status}`;
  return `${event.sync_id} of runledger ${event.runledger_version ?? UNKNOWN} on ${event.sync_host ?? UNKNOWN}, begun ${formatExactTime(event.sync_started_at)}${mode}${status}`;
}

function shortened(text: string): string {
  return text.length <= LONGEST_CONTENT ? text : `${text.slice(0, LONGEST_CONTENT)}… (${text.length} characters; --json has all)`;
}
