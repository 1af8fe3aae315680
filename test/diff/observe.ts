import { instantFromMicros, type Instant } from '../../src/model/instant.ts';
import type { Observation, StatusReading } from '../../src/model/observation.ts';
import type { Status, StatusReason } from '../../src/model/status.ts';

const BASE = 1_767_225_600_000_000n;

/** Seconds after 2026-01-01. */
export function at(seconds: number): Instant {
  return instantFromMicros(BASE + BigInt(Math.round(seconds * 1_000_000)));
}

export type Fields = Partial<Omit<Observation, 'response' | 'recordId'>> & {
  readonly sent?: number;
  readonly received?: number;
  /** seconds */
  readonly skew?: number;
  /** What the server's clock showed; left out: it names no time. */
  readonly serverSeconds?: number;
};

/**
 * What an answer shows that was asked for `sent` seconds after 2026 began, and arrived a second later if nothing else is said.
 *
 * @param status as the word means it: `unknown` and `undecided` too. The word is the status in capitals.
 */
export function observe(status: Status | 'unknown' | 'undecided', fields: Fields = {}): Observation {
  const { sent = 0, received = sent + 1, skew = 0, serverSeconds, ...rest } = fields;
  return {
    recordId: 'record',
    reading: readingOf(status, null),
    sourceStatus: status.toUpperCase(),
    facts: {},
    body: null,
    anomalies: [],
    ...rest,
    response: {
      method: 'GET',
      path: '/records',
      page: null,
      status: 200,
      serverDate: serverSeconds === undefined ? null : at(Math.floor(serverSeconds)),
      requestId: null,
      sentAt: at(sent),
      receivedAt: at(received),
      skewMicros: BigInt(Math.round(skew * 1_000_000)),
    },
  };
}

export function readingOf(status: Status | 'unknown' | 'undecided', reason: StatusReason | null): StatusReading {
  return status === 'unknown' || status === 'undecided' ? { kind: status } : { kind: 'known', status, reason };
}

/** All that a source reports of a status: as fact, and as evidence. */
export function created(seconds: number): Fields {
  return { createdAt: at(seconds), queuedEvidence: at(seconds) };
}
export function started(seconds: number): Fields {
  return { startedAt: at(seconds), runningEvidence: at(seconds) };
}
export function finished(seconds: number): Fields {
  return { finishedAt: at(seconds), terminalEvidence: at(seconds) };
}
