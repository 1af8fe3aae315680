/**
 * The long search for a history that breaks a law: `node test/diff/fuzz.ts [observations] [seed] [kind]`, two million observations if
 * nothing else is said. `node test/diff/fuzz.ts show <seed> <kind>` tells one life against its source, step by step.
 */
import process from 'node:process';
import fc from 'fast-check';
import { histories } from './arbitrary-history.ts';
import { checkAgainstTruth } from './check-against-truth.ts';
import { checkHistory } from './check-history.ts';
import { KIND_NAMES, KINDS, type KindName } from './kinds.ts';

const LIVES = 500;
const HISTORIES = 100;

const [first = '2000000', second = '1', third] = process.argv.slice(2);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

if (first === 'show') show(third as KindName, Number(second));
else process.exitCode = search(Number(first), Number(second), third === undefined ? KIND_NAMES : [third as KindName]) ? 0 : 1;

function show(kind: KindName, seed: number): void {
  try {
    checkAgainstTruth(kind, seed, say);
    say('every law holds');
  } catch (error) {
    say(String(error));
    process.exitCode = 1;
  }
}

/** Returns whether every law held. */
function search(observations: number, seed: number, kinds: readonly KindName[]): boolean {
  let count = 0;
  let failures = 0;
  for (let round = 0; count < observations && failures < 10; round += 1) {
    for (const kind of kinds) {
      for (let life = 0; life < LIVES; life += 1) {
        const one = seed * 1_000_000_007 + round * LIVES + life;
        try {
          count += checkAgainstTruth(kind, one);
        } catch (error) {
          failures += 1;
          say(`${kind}, life ${one}: ${String(error)}`);
        }
      }
      const property = fc.property(histories(20), (steps) => {
        count += checkHistory(KINDS[kind], steps);
      });
      const result = fc.check(property, { numRuns: HISTORIES, seed: seed * 1_000_003 + round });
      if (result.failed) {
        failures += 1;
        say(`${kind}, histories: ${fc.defaultReportMessage(result) ?? ''}`);
      }
    }
    if (round % 20 === 19) say(`${count} observations, ${failures} failures`);
  }
  say(`${count} observations of ${kinds.length} kinds of record, ${failures} failures`);
  return failures === 0;
}
