import type { Transaction } from 'kysely';
import type { LedgerTables } from '../db/tables.ts';
import { GENESIS_HASH } from '../model/genesis.ts';
import { readEventHash, readLastPosition } from '../record/read-event-hash.ts';
import type { LedgerIdentity } from '../record/read-identity.ts';
import type { Anchor } from './anchor.ts';
import { GENESIS, type ChainPoint } from './verify-chain.ts';
import { brokenAt, checked, type VerifyBreak, type VerifyCheck } from './verify-result.ts';

const LAW = 'It is the ledger of the anchor, and the event at the anchor has the hash that it had when the anchor was written.';

/** Whether the ledger still agrees with each of these anchors. */
export async function verifyAnchors(
  trx: Transaction<LedgerTables>,
  identity: LedgerIdentity | null,
  anchors: readonly Anchor[],
): Promise<VerifyCheck> {
  for (const anchor of anchors) {
    const found = await anchorBreak(trx, identity, anchor);
    if (found !== null) return checked('anchor', LAW, found);
  }
  return checked('anchor', LAW, null);
}

/** Where the chain can be read from: the earliest of these anchors. */
export function pointOf(anchors: readonly Anchor[]): ChainPoint {
  const [first, ...others] = anchors;
  if (first === undefined) return GENESIS;
  const earliest = others.reduce((least, anchor) => (anchor.position < least.position ? anchor : least), first);
  return earliest.position === 0n ? GENESIS : { position: earliest.position, chainHash: Buffer.from(earliest.chain_hash, 'hex') };
}

async function anchorBreak(
  trx: Transaction<LedgerTables>,
  identity: LedgerIdentity | null,
  { ledger_id: ledgerId, position, chain_hash: expected, written_at: writtenAt }: Anchor,
): Promise<VerifyBreak | null> {
  const hash = position === 0n ? GENESIS_HASH : await readEventHash(trx, position);
  if (identity !== null && identity.ledger_id !== ledgerId) {
    const isSame = position > 0n && hash === expected;
    const message = isSame
      ? `the id of the ledger was changed: event ${position} has the hash of the anchor, whose ledger was ${ledgerId}`
      : `the anchor is of another ledger: that of ${ledgerId}, and this is ${identity.ledger_id}`;
    return brokenAt('anchor', message, { found: identity.ledger_id, expected: ledgerId });
  }
  const at = { position, found: hash ?? 'no event', expected };
  if (hash === expected) return null;
  const past = `of the anchor written ${writtenAt}`;
  if (hash !== null) {
    const message = `event ${position} has another hash than that ${past}: it, or something before it, was rewritten, and hashes were computed anew`;
    return brokenAt('anchor', message, at);
  }
  const last = await readLastPosition(trx);
  const message =
    last < position
      ? `the end of the ledger was cut off: its last event is ${last}, and the one ${past} is ${position}`
      : `event ${position}, that ${past}, is missing`;
  return brokenAt('anchor', message, { ...at, found: last < position ? `last event ${last}` : 'no event' });
}
