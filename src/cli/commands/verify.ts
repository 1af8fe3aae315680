import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Ledger } from '../../db/open-ledger.ts';
import { RunledgerError } from '../../model/errors.ts';
import { instantFromMillis } from '../../model/instant.ts';
import { anchorOf, type Anchor } from '../../sync/anchor.ts';
import { identifyLedger } from '../../sync/identify-ledger.ts';
import { verifyLedger } from '../../sync/verify.ts';
import type { VerifyOptions, VerifyResult } from '../../sync/verify-result.ts';
import { checkAnchorFolder, readAnchor, readAnchorIfThere, writeAnchor } from '../anchor-file.ts';
import type { CommandContext, Runner } from '../command-context.ts';
import type { ExitCode } from '../exit-code.ts';
import { widthOf } from '../io.ts';
import { openSession, withLedger, type Session } from '../ledger-session.ts';
import { jsonText } from '../output/json-text.ts';
import { verifyText } from '../output/verify-text.ts';
import { createVerifyDisplay } from '../verify-progress.ts';

const EXAMPLES = `
Exit code 1 and the first contradiction where there is one. It changes nothing, and syncs may run meanwhile. It reads details and the head, so it
needs more rights than \`runledger grants\` gives a reader.

An anchor is the ledger's end at some time: its position and hash. Kept where nobody who can write to the database can write, it proves later that
nothing up to there was changed since, not even by somebody who computed every hash anew. With --against the chain is read from the anchor on.
An anchor of this ledger that is in FILE already is held against it first, and written over only if all holds.

Examples:
  runledger verify
  runledger verify --write-anchor anchor.json
  runledger verify --against anchor.json --full
  runledger verify --against anchor.json --write-anchor anchor.json
  runledger verify --json | jq '.break, .head_position, .head_hash'`;

interface Options {
  readonly against?: string;
  readonly writeAnchor?: string;
  readonly full?: boolean;
}

export function addVerifyCommand(program: Command, run: Runner): void {
  program
    .command('verify')
    .description('whether the ledger holds: the chain of events, their details, records and attempts as a fold of them, every law')
    .option('--against <file>', 'an anchor that the ledger must agree with; the chain is read from there on')
    .option('--write-anchor <file>', "write an anchor of the ledger's end, if it holds")
    .option('--full', 'read the whole chain, also before the anchor')
    .addHelpText('after', EXAMPLES)
    .action((options: Options, command: Command) => run(command, { isReading: true }, (context) => verify(context, options)));
}

async function verify(context: CommandContext, { against, writeAnchor: target, full }: Options): Promise<ExitCode> {
  const { cwd } = context.io;
  const known = against === undefined ? null : await readAnchor(cwd, against);
  if (target !== undefined) await checkAnchorFolder(cwd, target);
  const isSameFile = against !== undefined && target !== undefined && resolve(cwd, against) === resolve(cwd, target);
  const before = target === undefined || isSameFile ? null : await readAnchorIfThere(cwd, target);
  const anchors = [known, before].filter((anchor) => anchor !== null);
  const session = await openSession(context, 'ledger');
  const result = await withLedger(context, session, 'read', async (ledger) => {
    if (before !== null && target !== undefined) await refuseOtherLedger(ledger, before, target);
    // What is only to be written over is no reason to read less.
    return await verifyShown(context, session, ledger, { anchors, isFull: full === true || known === null });
  });
  const anchor = target === undefined ? null : anchorOf(result, instantFromMillis(Date.now()));
  if (target !== undefined && anchor !== null) await writeAnchor(cwd, target, anchor);
  const written = target === undefined ? null : { file: target, anchor };
  await context.output.write(
    context.options.asJson ? jsonText({ ...result, written_anchor: anchor }, 2) : verifyText(result, widthOf(context.io.stdout), written),
  );
  return result.ok ? 0 : 1;
}

async function verifyShown(context: CommandContext, session: Session, ledger: Ledger, options: VerifyOptions): Promise<VerifyResult> {
  const display = createVerifyDisplay(context, session.log);
  try {
    return await verifyLedger(ledger, { ...options, signal: context.interruption.signal, onProgress: display.report });
  } finally {
    display.stop();
  }
}

async function refuseOtherLedger(ledger: Ledger, { ledger_id: ledgerId, position }: Anchor, file: string): Promise<void> {
  const identity = await identifyLedger(ledger);
  if (identity === null || identity.ledger_id === ledgerId) return;
  throw new RunledgerError(
    'bad_argument',
    `${file} holds an anchor of another ledger: that of ${ledgerId}, at position ${position}, and ${ledger.place} is ${identity.ledger_id}`,
    { hint: 'Name another file, or take this one away. Nothing was written over it.' },
  );
}
