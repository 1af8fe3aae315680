import { pick, type Random } from '../../src/simulator/random.ts';

export const KILL_SIGNALS = ['SIGKILL', 'SIGTERM', 'SIGINT'] as const;
export type KillSignal = (typeof KILL_SIGNALS)[number];

/** What is done to a ledger next: one sync, or two at once, each left alone or killed. */
export interface Round {
  readonly commands: readonly PlannedCommand[];
  /** Whether what goes wrong on the way goes wrong in this round. */
  readonly hasFaults: boolean;
}

export interface PlannedCommand {
  /** After `sync`. */
  readonly args: readonly string[];
  /** `after` in parts of the time that a sync usually takes; null: it is left alone. */
  readonly kill: { readonly signal: KillSignal; readonly after: number } | null;
}

const TWO_AT_ONCE = 0.15;
const KILLED = 0.45;
const WITH_FAULTS = 0.8;

const ARGS: readonly [readonly string[], ...(readonly string[])[]] = [[], [], [], ['--full']];

export function drawRound(random: Random): Round {
  const count = random() < TWO_AT_ONCE ? 2 : 1;
  return { commands: Array.from({ length: count }, () => drawCommand(random)), hasFaults: random() < WITH_FAULTS };
}

function drawCommand(random: Random): PlannedCommand {
  const args = pick(random, ARGS);
  const kill = random() < KILLED ? { signal: pick(random, KILL_SIGNALS), after: random() * 1.1 } : null;
  return { args, kill };
}
