import fc from 'fast-check';
import type { Instant } from '../../src/model/instant.ts';
import type { ServerHooks, SourceServer } from '../../src/simulator/source-server.ts';
import { stateAt, type Run } from '../../src/simulator/run.ts';
import { createWorld, type World, type WorldOptions } from '../../src/simulator/world.ts';
import { propertyRuns } from '../support/property-runs.ts';
import { START } from './start.ts';

const HOUR = 3_600_000;

/** By how many milliseconds the world moves on before a question is answered, and after. */
interface Move {
  readonly beforeMs: number;
  readonly afterMs: number;
}

/** How a simulator is asked while its world moves. */
interface Story<Form, Choice> {
  readonly world: Omit<WorldOptions, 'seed' | 'startAt' | 'pastMs'>;
  /** What differs between servers. */
  readonly form: fc.Arbitrary<Form>;
  /** What differs between moves, beside their length. */
  readonly choice: fc.Arbitrary<Choice>;
  readonly start: (
    options: { world: World; apiKey: string; latency: NonNullable<ServerHooks['latency']> },
    form: Form,
  ) => Promise<SourceServer>;
  /** Asks, and holds the answers against the truth. */
  readonly ask: (asked: Asked<Form, Choice>) => Promise<void>;
}

interface Asked<Form, Choice> {
  readonly world: World;
  readonly url: string;
  readonly form: Form;
  readonly choice: Choice;
  /** One of so many, by chance. */
  readonly nth: (count: number) => number;
  /** When the latest answer was made. */
  readonly answeredAt: () => Instant;
}

/** A property of every answer, however the world moves between two of them and on their way. */
export async function holdWhileItMoves<Form, Choice>(story: Story<Form, Choice>): Promise<void> {
  const moves = fc.array(fc.record({ beforeMs: fc.nat(HOUR / 4), afterMs: fc.nat(30_000), choice: story.choice }), {
    minLength: 1,
    maxLength: 8,
  });
  await fc.assert(
    fc.asyncProperty(fc.integer(), story.form, moves, async (seed, form, steps) => {
      const world = createWorld({ seed, startAt: START, pastMs: HOUR, ...story.world });
      let now: Move = { beforeMs: 0, afterMs: 0 };
      const latency: ServerHooks['latency'] = ({ phase }) => {
        world.advanceBy(phase === 'before' ? now.beforeMs : now.afterMs);
      };
      const server = await story.start({ world, apiKey: 'key', latency }, form);
      const answeredAt = (): Instant => {
        const at = server.requests.at(-1)?.answeredAt;
        if (at === undefined || at === null) throw new Error('nothing was answered');
        return at;
      };
      try {
        for (const { choice, ...move } of steps) {
          now = move;
          await story.ask({ world, url: server.url, form, choice, nth: (count) => move.beforeMs % count, answeredAt });
        }
      } finally {
        await server.close();
      }
    }),
    propertyRuns(20),
  );
}

export interface RunShown {
  readonly run: Run;
  readonly state: Exclude<ReturnType<typeof stateAt>, 'deleted' | null>;
}

/** The run that an answer shows, as it was when that was made. */
export function runShown(world: World, id: string, at: Instant): RunShown {
  const run = world.run(id);
  const state = run === null ? null : stateAt(run, at);
  if (run === null || state === null || state === 'deleted') throw new Error(`${id} was not there at ${at}`);
  return { run, state };
}

export function isThere(run: Run, at: Instant): boolean {
  return !['deleted', null].includes(stateAt(run, at));
}
