import type { World } from '../../../src/simulator/world.ts';
import type { ConformingStream, ConformingSystem, DocumentedStatus, Vocabulary } from './conforming-system.ts';
import type { RecordChange } from './map-records.ts';
import { addInState } from './world-states.ts';

/** The documented words, each with a record of its own. */
export interface Worded {
  /** To be given to the server: shows each of these records under its word. */
  readonly onRecord: RecordChange;
  /** Puts the records into a world. @returns what each stands for, by `keyOf` */
  readonly fill: (world: World) => ReadonlyMap<string, DocumentedStatus>;
}

/** @param vocabularyOf which of a stream's is meant; null for none */
export function worded(
  system: ConformingSystem,
  vocabularyOf: (stream: ConformingStream) => Vocabulary | null = (stream) => stream,
): Worded {
  const words = new Map<string, DocumentedStatus>();
  return {
    onRecord: (record, { stream, id }) => {
      const documented = words.get(keyOf(stream, id));
      const vocabulary = vocabularyOf(stream);
      return documented === undefined || vocabulary === null
        ? record
        : { ...vocabulary.say(record, documented.word), ...documented.beside };
    },
    fill(world) {
      for (const stream of system.streams) {
        for (const documented of vocabularyOf(stream)?.statuses ?? []) {
          const id = stream.idOf(addInState(world, stream.stream, documented.state));
          words.set(keyOf(stream, id), documented);
        }
      }
      return words;
    },
  };
}

/** A record of whichever stream, by the ledger's id. */
export function keyOf({ stream }: Pick<ConformingStream, 'stream'>, recordId: string): string {
  return `${stream}/${recordId}`;
}
