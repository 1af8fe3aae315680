import type { Instant } from '../../model/instant.ts';
import { addMicros } from '../../model/instant.ts';
import type { Member, Role } from './demo-cast.ts';
import { ENTRANCES, enter } from './demo-cast.ts';
import type { DemoWorlds } from './demo-worlds.ts';
import { createDemoWorlds } from './demo-worlds.ts';

export interface DemoStory {
  readonly worlds: DemoWorlds;
  /** All others live by themselves. */
  readonly cast: ReadonlyMap<Role, Member>;
  /** One sync each, in this order. */
  readonly scenes: readonly Scene[];
}

export interface Scene {
  readonly title: string;
  /** What is made to happen at the sources, told before the sync. */
  readonly meanwhile: string;
  /** Lets the worlds move up to the moment of the sync. */
  readonly move: () => void;
  /** Whether the worlds stand still while the sync reads. */
  readonly isFrozen: boolean;
}

const HOUR_MS = 3_600_000;
/** The last scene but one comes more than a day after the one before, so that its sync is a full scan. */
const LENGTH_MS = 57 * HOUR_MS;

/** @param endAt the moment of the last scene; the worlds begin 57 hours before */
export function createDemoStory(seed: number, endAt: Instant): DemoStory {
  const startAt = after(endAt, -LENGTH_MS);
  const worlds = createDemoWorlds(seed, startAt);
  const cast = new Map<Role, Member>();
  const until = (ms: number): void => {
    worlds.advanceTo(after(startAt, ms));
  };
  const still = (): void => undefined;
  const beginCast = (): void => {
    for (const entrance of ENTRANCES) {
      until(entrance.atHours * HOUR_MS);
      cast.set(entrance.role, enter(worlds, entrance));
    }
    until(8 * HOUR_MS);
  };
  const scenes = [
    scene('the first sync', 'The sources have runs and documents of the last four days. All of them are read, once.', still),
    scene(
      '8 hours later',
      'At Noxus a contract review has come to wait for a person; a report, an invoice and a price list are being worked on.\nAt Morphik an offer was ingested. At Knowledge Stack an enrichment failed.',
      beginCast,
    ),
    scene(
      '6 hours later',
      'The invoice failed, and so did the price list. Somebody stopped the report. The contract still waits.\nThe enrichment was retried under its id, and succeeded.',
      () => {
        until(14 * HOUR_MS);
      },
    ),
    scene(
      '18 hours later',
      'The contract was answered and finished. The failed invoice was deleted at Noxus. The price list was ingested once more, by another run.\nThe offer was deleted at Morphik, where a 404 can be a failure, too: it is only missing until a second scan does not see it either.',
      () => {
        until(32 * HOUR_MS);
      },
    ),
    scene(
      '25 hours later',
      'Runs came and went, and nobody looked: only times that the sources still report are known of them.\nThe offer is gone at the second scan as well.',
      () => {
        until(LENGTH_MS);
      },
    ),
    { ...scene('at once again', 'Nothing has changed, and so nothing is appended.', still), isFrozen: true },
  ];
  return { worlds, cast, scenes };
}

function scene(title: string, meanwhile: string, move: () => void): Scene {
  return { title, meanwhile, move, isFrozen: false };
}

function after(instant: Instant, ms: number): Instant {
  return addMicros(instant, BigInt(Math.round(ms)) * 1000n);
}
