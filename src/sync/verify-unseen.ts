import type { Anchor } from './anchor.ts';

/**
 * What could be wrong with a ledger that verifies.
 *
 * @param anchors those that hold
 * @param after events up to here were not read again
 */
export function unseenBy(anchors: readonly Anchor[], after: bigint): readonly string[] {
  const anchored = anchors.reduce((most, { position }) => (position > most ? position : most), -1n);
  return [
    ...(anchored < 0n ? WITHOUT_ANCHOR : sinceAnchor(anchored)),
    ...(after === 0n
      ? []
      : [
          `that events up to ${after}, or their details, were edited and their hashes left as they were: they are read with --full, and were not now`,
        ]),
    ...NEVER_SEEN,
  ];
}

/** Both end with an anchor: a head that is kept where nobody who can write to the ledger can write. */
const WITHOUT_ANCHOR: readonly string[] = [
  'that events were cut off at the end and the head was put back with them',
  'that the past was rewritten, and every hash after it computed anew',
];

function sinceAnchor(position: bigint): readonly string[] {
  return [
    `that events after ${position}, where the last anchor is, were cut off and the head was put back with them`,
    `that what is after ${position} was rewritten, and every hash after it computed anew`,
  ];
}

const NEVER_SEEN: readonly string[] = [
  'that an answer, a sync or a sighting was edited in a way that no law contradicts: only events are in the chain',
  'that what was recorded is not what the source showed',
];
