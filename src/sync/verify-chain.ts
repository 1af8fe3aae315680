import type { Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import { GENESIS_HASH } from '../model/genesis.ts';
import { chainHash } from '../record/canonical-event.ts';
import { keysetPages } from '../record/keyset-pages.ts';
import type { LedgerExtent } from '../record/read-extent.ts';
import { readEventsAfter, type StoredEvent } from '../record/read-events.ts';
import { explainGap, explainHash } from './verify-diagnosis.ts';
import { brokenAt, checked, throwIfAborted, type VerifyBreak, type VerifyCheck, type VerifyOptions } from './verify-result.ts';

/** A place in the chain: up to there it is taken for whole. */
export interface ChainPoint {
  readonly position: bigint;
  readonly chainHash: Uint8Array;
}

export const GENESIS: ChainPoint = { position: 0n, chainHash: Buffer.from(GENESIS_HASH, 'hex') };

const CHAIN_LAW = 'Every event stands at the next position, and has the hash that its columns and the event before it give.';
const HEAD_LAW = 'The head names the position and the hash of the last event.';

/** Whether the events after `from` are those that were appended, and whether the head is their end. */
export async function verifyChain(
  trx: Transaction<LedgerTables>,
  extent: LedgerExtent,
  options: VerifyOptions,
  from: ChainPoint = GENESIS,
): Promise<readonly VerifyCheck[]> {
  const { end, bad } = await walkChain(trx, extent, options, from);
  const chain = bad === null ? null : await chainBreak(trx, end, bad);
  // Of a chain that breaks the end is not known.
  const head = chain === null ? [checked('head', HEAD_LAW, headBreak(extent, end))] : [];
  return [checked('chain', CHAIN_LAW, chain), ...head];
}

async function walkChain(
  trx: Transaction<LedgerTables>,
  extent: LedgerExtent,
  { signal, onProgress }: VerifyOptions,
  from: ChainPoint,
): Promise<Walked> {
  let end = from;
  let done = 0;
  const total = Math.max(0, Number(extent.event_count) - Number(from.position));
  // From below every position that there can be: one before the first is as wrong as one too many.
  const start = from === GENESIS ? -(2n ** 63n) : from.position;
  for await (const page of keysetPages<StoredEvent>((last) => readEventsAfter(trx, last?.position ?? start))) {
    throwIfAborted(signal, 'the chain was verified');
    const walked = walkPage(end, page);
    if (walked.bad !== null) return { end: walked.end, bad: walked.bad };
    end = walked.end;
    done += page.length;
    onProgress?.({ phase: 'chain', done, total });
  }
  return { end, bad: null };
}

/** The first event that does not go on from `end`, with those of its page that come after it. */
interface BadEvent {
  readonly event: StoredEvent;
  /** null where it stands at another position than the next */
  readonly expectedHash: Uint8Array | null;
  readonly rest: readonly StoredEvent[];
}

interface Walked {
  /** The last event that is as it was appended. */
  readonly end: ChainPoint;
  readonly bad: BadEvent | null;
}

function walkPage(from: ChainPoint, page: readonly StoredEvent[]): Walked {
  let end = from;
  for (const [index, event] of page.entries()) {
    const isNext = event.position === end.position + 1n;
    const expectedHash = isNext ? chainHash(end.chainHash, event) : null;
    if (expectedHash?.equals(event.chain_hash) !== true) return { end, bad: { event, expectedHash, rest: page.slice(index + 1) } };
    end = { position: event.position, chainHash: event.chain_hash };
  }
  return { end, bad: null };
}

async function chainBreak(trx: Transaction<LedgerTables>, end: ChainPoint, { event, expectedHash, rest }: BadEvent): Promise<VerifyBreak> {
  if (expectedHash === null) return explainGap(end, event);
  const following = [...rest, ...(await readEventsAfter(trx, rest.at(-1)?.position ?? event.position))];
  return explainHash(end, event, expectedHash, following);
}

function headBreak({ head_position: position, head_hash: found }: LedgerExtent, end: ChainPoint): VerifyBreak | null {
  const expected = Buffer.from(end.chainHash).toString('hex');
  if (position === null) {
    return brokenAt('head', 'runledger.ledger_head has no row: it was deleted, so where the ledger ends is not known', {
      expected: `position ${end.position}, hash ${expected}`,
    });
  }
  if (position > end.position) {
    const [first, last] = [end.position + 1n, position];
    const which = first === last ? `event ${first} is` : `events ${first} to ${last} are`;
    return brokenAt('head', `${which} missing: the head says that the ledger ends at ${position}, and the last event is ${end.position}`, {
      position: first,
      found: `last event ${end.position}`,
      expected: `last event ${position}`,
    });
  }
  if (position < end.position) {
    return brokenAt(
      'head',
      `the head was put back to ${position}, or events were appended past it: the chain goes on whole to ${end.position}`,
      { position, found: `head at ${position}`, expected: `head at ${end.position}` },
    );
  }
  if (found === expected) return null;
  return brokenAt('head', `the head at position ${position} has another hash than the last event: the head was edited`, {
    position,
    found,
    expected,
  });
}
