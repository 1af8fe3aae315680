import type { Connector } from '../../../src/model/connector.ts';
import type { Stream } from '../../../src/model/event.ts';
import type { Status, StatusReason } from '../../../src/model/status.ts';
import type { DocumentState } from '../../../src/simulator/document.ts';
import type { RunState } from '../../../src/simulator/run.ts';
import type { ServerHooks, SourceServer } from '../../../src/simulator/source-server.ts';
import type { World } from '../../../src/simulator/world.ts';

/** An object of an answer. */
export type Json = Readonly<Record<string, unknown>>;

/** A source system at one age of its server: what the suite has to be told of it besides its connector. */
export interface ConformingSystem {
  /** Told apart from the others by it, also where several are of one connector. */
  readonly title: string;
  readonly connector: Connector;
  readonly start: (options: SystemOptions) => Promise<SourceServer>;
  /** Those that this server has: every other one of its connector must be told `unsupported`. */
  readonly streams: readonly ConformingStream[];
}

export interface SystemOptions extends ServerHooks {
  readonly world: World;
  readonly apiKey: string;
}

/** The words of some answers. */
export interface Vocabulary {
  /** Every one of the contract, with its meaning there. */
  readonly statuses: readonly DocumentedStatus[];
  /** A record with this word in it, in whichever place the answer that it stands in has for it; as it is in an answer of another vocabulary. */
  readonly say: (object: Json, word: string | null) => Json;
}

export interface ConformingStream extends Vocabulary {
  readonly stream: Stream;
  /** Of the connector's forms, the one that this server answers in. */
  readonly generation: string;
  /** The vocabulary of the endpoint that is asked where the first does not know a record; null where there is none. */
  readonly otherwise: Vocabulary | null;
  /** The id of the record that an object of an answer shows; undefined where it shows none of this stream. */
  readonly recordIdOf: (object: Json) => unknown;
  /** The ledger's id of a record of the world. */
  readonly idOf: (worldId: string) => string;
  /** What of a record is content, personal or an address with a signature, and must never be kept: places in an object of an answer, `run_snapshot.user_message`. */
  readonly contents: readonly string[];
  readonly declares: Declared;
}

/** One row of the contract's mapping. */
export interface DocumentedStatus {
  readonly word: string | null;
  /** null where the contract knows no meaning */
  readonly status: Status | null;
  readonly reason?: StatusReason;
  readonly isTerminal: boolean;
  /** Whether the source can leave it again under the same id. Left out: it cannot. */
  readonly reopens?: boolean;
  /** What stands beside the word where the word alone does not tell. */
  readonly beside?: Json;
  /** Where a record of the world is that is shown under this word. */
  readonly state: WorldState;
  /** False where the simulator never says it by itself. */
  readonly isSimulated?: false;
  /** False where a read by id has another word for it. */
  readonly isReadById?: false;
}

/** Where a record of the world can be; `over_quota` is a document that failed because a quota was used up. */
export type WorldState = RunState | DocumentState | 'over_quota';

/** What the connector claims of this form of a stream. The suite holds it to the connector's own words, and both to the server. */
export interface Declared {
  /** How the list that shows all is sorted, where that is one list; null where nothing is claimed. */
  readonly order: 'newest_first' | 'latest_change_first' | null;
  /** Whether its lists tell how many records there are. */
  readonly total: boolean;
  /** Whether it can be asked for what changed since a moment. */
  readonly changedSince: boolean;
  readonly inBulk: boolean;
  /** Whether more can be read of a record than the lists show; and whether a read by id shows the same. */
  readonly detail: 'of_its_own' | 'shown_by_id' | null;
  /** What a 404 by id proves of a record that a full scan did not see. */
  readonly absence: 'at_once' | 'twice' | 'unlisted';
}
