import { relative, resolve } from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { Ledger } from '../../db/open-ledger.ts';
import { openLedger } from '../../db/open-ledger.ts';
import { RunledgerError } from '../../model/errors.ts';
import { addMicros, instantFromMillis } from '../../model/instant.ts';
import { migrateLedger } from '../../sync/migrate-ledger.ts';
import type { CommandContext, Runner } from '../command-context.ts';
import { prepareDemoFolder } from '../demo/demo-folder.ts';
import { createDemoStory } from '../demo/demo-story.ts';
import type { DemoPlace } from '../demo/demo-text.ts';
import { closingText, openingText, stepText } from '../demo/demo-text.ts';
import type { DemoStep } from '../demo/play-demo.ts';
import { playDemo } from '../demo/play-demo.ts';
import type { ExitCode } from '../exit-code.ts';
import { widthOf } from '../io.ts';
import { createLogger } from '../logger.ts';
import { jsonText } from '../output/json-text.ts';

const DEFAULT_FOLDER = '.runledger-demo';
const DEFAULT_SEED = 1;
/** The story ends a little before the present, so that no time in the ledger lies in the future. */
const END_BEFORE_NOW_MICROS = -60_000_000n;

const EXAMPLES = `
It needs no settings and reads none: no database, no account, no key. Each run deletes the ledger of the one before; a folder that no
demo made is left alone.

Examples:
  runledger demo
  runledger demo --seed 7 --dir /tmp/runledger-demo`;

interface DemoOptions {
  readonly seed: number;
  readonly dir: string;
}

export function addDemoCommand(program: Command, run: Runner): void {
  program
    .command('demo')
    .description('simulated source systems, some syncs over a moving world, a report and a history; needs no account and no database')
    .option('--seed <n>', 'what the simulated worlds are made from, a whole number', readSeed, DEFAULT_SEED)
    .option('--dir <folder>', 'where the ledger of the demo goes', DEFAULT_FOLDER)
    .addHelpText('after', EXAMPLES)
    .action((options: DemoOptions, command: Command) => run(command, { isReading: false }, (context) => demo(context, options)));
}

async function demo(context: CommandContext, { seed, dir }: DemoOptions): Promise<ExitCode> {
  const { io, options, output, interruption } = context;
  if (options.database !== null) {
    throw new RunledgerError('bad_argument', 'the demo makes a ledger of its own, and --database was given', {
      hint: 'Leave --database out; --dir says where the ledger of the demo goes.',
    });
  }
  interruption.signal.throwIfAborted();
  const folder = await prepareDemoFolder(resolve(io.cwd, dir));
  const place = placeOf(folder, io.cwd);
  const log = createLogger(io, { level: options.logLevel ?? 'warn', isQuiet: options.isQuiet });
  const story = createDemoStory(seed, addMicros(instantFromMillis(Date.now()), END_BEFORE_NOW_MICROS));
  const steps: DemoStep[] = [];
  if (!options.asJson) await output.write(openingText(place));
  const ledger = await openLedger({ database: { kind: 'embedded', path: folder }, mode: 'write', log, signal: interruption.signal });
  try {
    await migrateLedger(ledger, { log });
    for await (const step of playDemo(ledger, story, { log, signal: interruption.signal })) {
      steps.push(step);
      const number = steps.filter(({ kind }) => kind === 'sync').length;
      if (!options.asJson) await output.write(stepText(step, { number, place, width: widthOf(io.stdout) }));
    }
    interruption.signal.throwIfAborted();
  } finally {
    await ledger.close();
  }
  // Only now: before, the embedded ledger was ours alone, and the commands would have found it locked.
  const deleted = story.cast.get('deleted')?.record.id ?? null;
  await output.write(options.asJson ? jsonText(documentOf(ledger, seed, steps), 2) : closingText(place, deleted));
  return steps.every((step) => step.kind !== 'sync' || step.result.status === 'succeeded') ? 0 : 1;
}

/** Keys as `report` and the other commands print them. */
function documentOf(ledger: Ledger, seed: number, steps: readonly DemoStep[]): object {
  const named = steps.map((step) => {
    if (step.kind !== 'report') return step;
    const { timeZone, ...report } = step.report;
    return { ...step, report: { time_zone: timeZone, ...report } };
  });
  return { seed, place: ledger.place, steps: named };
}

function placeOf(folder: string, cwd: string): DemoPlace {
  const below = relative(cwd, folder);
  const path = below.startsWith('..') ? folder : below;
  const database = `embedded:${path}`;
  return { path, database: `--database ${/^[\w@%+=:,./-]+$/.test(database) ? database : `'${database.replaceAll("'", `'\\''`)}'`}` };
}

function readSeed(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('A whole number from 0 to 999999999.');
}
