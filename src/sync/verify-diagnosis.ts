import { chainHash } from '../record/canonical-event.ts';
import type { StoredEvent } from '../record/read-events.ts';
import { brokenAt, type VerifyBreak } from './verify-result.ts';
import type { ChainPoint } from './verify-chain.ts';

/**
 * What was done to a chain that breaks, as far as it can be told. Hashes travel with the rows that they were computed for: an event that fits at
 * another place than its own was moved, and where the events after a broken one still rest on its hash, only its columns were changed.
 */
export function explainHash(end: ChainPoint, event: StoredEvent, expected: Uint8Array, following: readonly StoredEvent[]): VerifyBreak {
  const at = { position: event.position, record: recordOf(event), found: hexOf(event.chain_hash), expected: hexOf(expected) };
  return brokenAt('chain', messageOf(end, event, expected, following), at);
}

/** @param event the first after `end`, at another position than the next */
export function explainGap(end: ChainPoint, event: StoredEvent): VerifyBreak {
  const next = end.position + 1n;
  const at = { found: `event ${event.position}`, expected: `event ${next}` };
  if (event.position < next) {
    const message = `there is an event at position ${event.position}, before the first: it was inserted`;
    return brokenAt('chain', message, { ...at, position: event.position, record: recordOf(event) });
  }
  const which = event.position === next + 1n ? `event ${next} is` : `events ${next} to ${event.position - 1n} are`;
  return brokenAt('chain', `${which} missing: after event ${end.position} comes event ${event.position}`, { ...at, position: next });
}

function messageOf(end: ChainPoint, event: StoredEvent, expected: Uint8Array, following: readonly StoredEvent[]): string {
  const { position } = event;
  const [next] = following;
  if (next === undefined) return `event ${position}, the last, was edited or put there by hand: its columns do not give its hash`;
  const original = following.find((other) => isOf(end.chainHash, other, position, [event.chain_hash, other.chain_hash]));
  if (original !== undefined) {
    const place = original.position;
    const isSwapped = chainsOn(event, place, following);
    return isSwapped
      ? `the order of events was changed: those at ${position} and ${place} were swapped`
      : `an event was inserted at ${position}: the one that was recorded there stands at ${place} now`;
  }
  if (fits(event.chain_hash, next)) {
    const edited = `event ${position} was edited: its columns do not give its hash, on which the next event rests`;
    // A hash computed anew breaks the chain one event later, and looks the same from there.
    return end.position === 0n ? edited : `${edited}; or event ${end.position} was, and was given a new hash`;
  }
  if (fits(expected, next)) return `the hash of event ${position} was edited: the next event rests on what its columns give`;
  const gap = movedDownBy(event, next);
  if (gap === 1n) return `the event that was recorded at ${position} was deleted, and those after it were moved down to close the gap`;
  if (gap !== null) return `${gap} events were deleted from ${position} on, and those after them were moved down to close the gap`;
  return `event ${position} is not the one that was recorded: it and its hash were edited, or put there, or the chain after it was`;
}

/** Whether an event has the hash that it gives after another one. */
function fits(previous: Uint8Array, event: StoredEvent): boolean {
  return chainHash(previous, event).equals(event.chain_hash);
}

/** Whether an event, were it at `position`, would have one of these hashes. */
function isOf(previous: Uint8Array, event: StoredEvent, position: bigint, hashes: readonly Uint8Array[]): boolean {
  const hash = chainHash(previous, { ...event, position });
  return hashes.some((other) => hash.equals(other));
}

/** Whether `event` is the one that was recorded at `place`: what stands after it rests on its hash, or it rests on what stands before. */
function chainsOn(event: StoredEvent, place: bigint, following: readonly StoredEvent[]): boolean {
  const index = following.findIndex((other) => other.position === place);
  const [there, after] = [following[index], following[index + 1]];
  if (there === undefined) return false;
  // Whether the two were given each other's hash along with each other's place, or kept their own.
  const hashes = [event.chain_hash, there.chain_hash];
  if (after !== undefined) return hashes.some((hash) => fits(hash, after));
  const before = following[index - 1];
  return (before === undefined ? hashes : [before.chain_hash]).some((hash) => isOf(hash, event, place, hashes));
}

const FARTHEST = 100n;

/** By how many places two neighbours were moved: the second still has the hash of its old place after the first. */
function movedDownBy(event: StoredEvent, next: StoredEvent): bigint | null {
  for (let by = 1n; by <= FARTHEST; by += 1n) {
    if (isOf(event.chain_hash, next, next.position + by, [next.chain_hash])) return by;
  }
  return null;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function recordOf(event: StoredEvent): string {
  return `${event.connection}/${event.stream}/${event.record_id}`;
}
