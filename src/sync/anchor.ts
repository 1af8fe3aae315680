import { z } from 'zod';
import { GENESIS_HASH } from '../model/genesis.ts';
import { parseInstant, type Instant } from '../model/instant.ts';
import { VERSION } from '../version.ts';
import type { VerifyResult } from './verify-result.ts';

/**
 * The end of a ledger at some time, to be kept where nobody who can write to the ledger can write. Its hash rests on every event up to its position:
 * while the event there has that hash, and the chain up to it is whole, none of them was changed, not even by somebody who computed all hashes anew.
 */
export interface Anchor {
  readonly ledger_id: string;
  readonly position: bigint;
  /** hex */
  readonly chain_hash: string;
  /** When the event there was recorded. */
  readonly recorded_at: Instant;
  readonly written_at: Instant;
  readonly runledger_version: string;
}

/**
 * The anchor of a ledger that was verified: of the end that was read, whatever has been appended since.
 *
 * @returns null where it did not hold: an anchor of it would vouch for what was found broken
 */
export function anchorOf(result: VerifyResult, writtenAt: Instant): Anchor | null {
  const { ok, ledger_id: ledgerId, head_position: position, head_hash: hash, head_recorded_at: recordedAt } = result;
  if (!ok || ledgerId === null || position === null || hash === null || recordedAt === null) return null;
  return { ledger_id: ledgerId, position, chain_hash: hash, recorded_at: recordedAt, written_at: writtenAt, runledger_version: VERSION };
}

const INSTANT = z.string().transform((text, context): Instant => {
  const instant = parseInstant(text);
  if (instant !== null) return instant;
  context.addIssue('is no time');
  return z.NEVER;
});

const POSITION = z.union([
  z.int().nonnegative().transform(BigInt),
  z
    .string()
    .regex(/^\d{1,19}$/)
    .transform(BigInt),
]);

const ANCHOR = z
  .object({
    ledger_id: z.guid(),
    position: POSITION,
    chain_hash: z.string().regex(/^[0-9a-f]{64}$/),
    recorded_at: INSTANT,
    written_at: INSTANT,
    runledger_version: z.string(),
  })
  .refine(
    ({ position, chain_hash: hash }) => position > 0n || hash === GENESIS_HASH,
    'position 0 has the hash of an empty ledger and no other',
  );

/** @returns in `problem` what is wrong with a text that is no anchor */
export function parseAnchor(
  text: string,
): { readonly ok: true; readonly anchor: Anchor } | { readonly ok: false; readonly problem: string } {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return { ok: false, problem: 'it is not JSON' };
  }
  const parsed = ANCHOR.safeParse(content);
  if (parsed.success) return { ok: true, anchor: parsed.data };
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') ?? '';
  return { ok: false, problem: `${where === '' ? '' : `${where}: `}${issue?.message ?? 'it has another shape'}` };
}
