import type { Instant } from '../../src/model/instant.ts';
import { isTerminal } from '../../src/model/status.ts';
import type { TrueEntry } from '../sync/system-truth.ts';
import type { LiveSystem } from './live-system.ts';
import { claimsEntry, matchHistory, ourClock, type Match } from './match-history.ts';
import { keyOf, type CompleteSync, type StoredEvent, type StoredRecord, type StoredRows } from './stored-rows.ts';
import { trueRecordsOf, type TrueRecord } from './true-records.ts';

/** What a ledger says of the truth. A transition is reported, bounded, unknowable or lost. */
export interface Verdict {
  /** Entries into a status, and deletions. */
  readonly transitions: number;
  readonly reported: number;
  readonly bounded: number;
  /** It left no time at the source, and was over before a complete poll could have seen it. */
  readonly unknowable: number;
  readonly lost: readonly string[];
  readonly duplicated: readonly string[];
  readonly invented: readonly string[];
}

type HeldSystem = Pick<LiveSystem, 'name' | 'world' | 'truth' | 'skewMs'>;

/** Counts what a ledger has lost, has twice, and has made up, of worlds that stand still and that it has caught up with. */
export function holdLedger(rows: StoredRows, systems: readonly HeldSystem[]): Verdict {
  const histories = Map.groupBy(rows.events, keyOf);
  const records = new Map(rows.records.map((row) => [keyOf(row), row]));
  const parts = systems.map((system) => {
    const syncs = Map.groupBy(
      rows.syncs.filter(({ connection }) => connection === system.name),
      ({ stream }) => stream,
    );
    return trueRecordsOf(system).map((truth): Verdict => {
      const key = keyOf({ connection: system.name, stream: truth.stream, record_id: truth.recordId });
      const history = histories.get(key) ?? [];
      histories.delete(key);
      return holdRecord(key, truth, history, {
        record: records.get(key) ?? null,
        syncs: syncs.get(truth.stream) ?? [],
        skewMs: system.skewMs,
      });
    });
  });
  const neverWas: Verdict = { ...NOTHING, invented: [...histories.keys()].map((key) => `${key} never was`) };
  return [...parts.flat(), neverWas].reduce(added, NOTHING);
}

const NOTHING: Verdict = { transitions: 0, reported: 0, bounded: 0, unknowable: 0, lost: [], duplicated: [], invented: [] };

function added(one: Verdict, other: Verdict): Verdict {
  return {
    transitions: one.transitions + other.transitions,
    reported: one.reported + other.reported,
    bounded: one.bounded + other.bounded,
    unknowable: one.unknowable + other.unknowable,
    lost: [...one.lost, ...other.lost],
    duplicated: [...one.duplicated, ...other.duplicated],
    invented: [...one.invented, ...other.invented],
  };
}

interface Known {
  readonly record: StoredRecord | null;
  readonly syncs: readonly CompleteSync[];
  readonly skewMs: number;
}

function holdRecord(key: string, truth: TrueRecord, history: readonly StoredEvent[], known: Known): Verdict {
  const match = matchHistory(history, truth, known.skewMs);
  const told = (event: StoredEvent): string =>
    `event ${event.position} of ${key}: ${event.event_type} ${event.to_status ?? ''} (${event.source_status ?? ''}) reported ${event.reported_at ?? 'never'} in [${event.earliest_at ?? ''}, ${event.latest_at}], attempt ${event.attempt} ${event.anomalies.join(' ')}; the source's clock ahead by ${known.skewMs} ms; ${truthText(truth)}`;
  const lostOnes = lostEntries(key, truth, history, match, known);
  const lost = [...lostOnes.values(), ...lostState(key, truth, known), ...lostDeletion(key, truth, match, known)];
  const claims = [...match.claims.values()];
  const reported = claims.filter((claim) => claim === 'reported').length;
  const unclaimed = truth.entries.filter((_, index) => !match.claims.has(index) && !lostOnes.has(index)).length;
  const isDeleted = truth.deletedAt !== null;
  const isDeletionKnown = match.disappearance === 'claimed';
  return {
    transitions: truth.entries.length + Number(isDeleted),
    reported,
    bounded: claims.length - reported + Number(isDeleted && isDeletionKnown),
    // Of what disappeared before it was ever seen, the end is not known either.
    unknowable: unclaimed + Number(isDeleted && !isDeletionKnown),
    lost,
    duplicated: match.duplicated.map(told),
    invented: match.invented.map(told),
  };
}

/** Entries that the source still reports and no event tells of, or that lasted through a complete sync after which the ledger did not say so. */
function lostEntries(
  key: string,
  truth: TrueRecord,
  history: readonly StoredEvent[],
  match: Match,
  known: Known,
): ReadonlyMap<number, string> {
  const lost = new Map<number, string>();
  for (const [index, entry] of truth.entries.entries()) {
    const told = `${entry.words.join('|')}#${entry.attempt}@${entry.at} of ${key}`;
    const isKnown = match.claims.has(index) || history.some((event) => claimsEntry(event, entry, known.skewMs));
    const sync = syncsThroughout(entry, endOf(truth, index), known).find(({ head_position: head }) => !isSaid(entry, history, head));
    if (!isKnown && truth.reported.has(entry)) lost.set(index, `${told}, which the source reports; ${truthText(truth)}`);
    else if (sync !== undefined) lost.set(index, `${told}, which lasted through sync ${sync.sync_id} (${sync.mode}); ${truthText(truth)}`);
  }
  return lost;
}

/** Complete syncs that must have seen a stay: every open record is read by each, a finished one is looked at by a full scan. */
function syncsThroughout(entry: TrueEntry, until: Instant | null, { syncs, skewMs }: Known): readonly CompleteSync[] {
  const from = ourClock(entry.at, skewMs);
  const to = until === null ? null : ourClock(until, skewMs);
  const isSure = (sync: CompleteSync): boolean => sync.mode === 'full' || !isTerminal(entry.status);
  return syncs.filter((sync) => isSure(sync) && from < sync.started_at && (to === null || to > sync.finished_at));
}

/** Whether the ledger said, as far as an event, that the record is where it is. Of attempts without a key, which of them it is cannot be told. */
function isSaid(entry: TrueEntry, history: readonly StoredEvent[], head: bigint): boolean {
  const past = history.filter(({ position }) => position <= head);
  const last = past.findLast((event) => event.source_status !== null);
  const keyed = past.findLast(({ facts }) => 'attempt_key' in facts);
  const isStatus = last !== undefined && last.to_status === entry.status && entry.words.includes(last.source_status ?? '');
  return isStatus && (entry.key === null || keyed?.facts['attempt_key'] === entry.key);
}

function endOf({ entries, deletedAt }: TrueRecord, index: number): Instant | null {
  return entries[index + 1]?.at ?? deletedAt;
}

/** What the source shows at the end, and the ledger does not say. */
function lostState(key: string, { shown }: TrueRecord, { record }: Known): readonly string[] {
  if (shown === null) return [];
  if (record === null) return [`${key}, which the source shows as ${shown.source_status}, is not in the ledger`];
  const said: Readonly<Record<string, unknown>> = { ...record };
  const wrong = Object.entries(shown).filter(([field, value]) => said[field] !== value);
  if (record.is_present && wrong.length === 0) return [];
  const differences = wrong.map(([field, value]) => `${field} ${String(said[field])} for ${String(value)}`);
  return [`the present state of ${key}: ${record.is_present ? '' : 'not present, '}${differences.join(', ')}`];
}

/** A deletion that two full scans should have shown. */
function lostDeletion(key: string, { deletedAt }: TrueRecord, { disappearance }: Match, { record }: Known): readonly string[] {
  if (deletedAt === null || disappearance === 'claimed' || record?.is_present !== true || !record.is_provable) return [];
  return [`the deletion of ${key} at ${deletedAt}`];
}

function truthText({ entries, deletedAt }: TrueRecord): string {
  const words = entries.map(({ words, attempt, at, key }) => `${words.join('|')}#${attempt}@${at}${key === null ? '' : ` by ${key}`}`);
  return `truth ${words.join(' ')}${deletedAt === null ? '' : ` deleted@${deletedAt}`}`;
}
