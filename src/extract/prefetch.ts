import type { Api, ApiAnswer, PagedList } from '../model/connector.ts';
import { SourceError } from '../model/errors.ts';
import { linkSignals } from './linked-signal.ts';
import { requestAt, type Place } from './place.ts';

/**
 * Pages on their way, in the order in which they will be taken. They wait in memory for their turn, so together they may be as large as a
 * single answer may be. Where one is larger than its share, half as many are fetched at once from then on.
 */
export interface Prefetch {
  /** The page at `place`, from what is on its way where it was foreseen; otherwise all that is on its way is dropped. */
  take(place: Place): Promise<ApiAnswer>;
  /** Sends for those of these places that are not on their way yet, the next ones first. */
  foresee(places: readonly Place[]): void;
  /** Ends all that is on its way. */
  close(): void;
}

export function createPrefetch(api: Api, list: PagedList, signal: AbortSignal | undefined): Prefetch {
  const newLink = (): ReturnType<typeof linkSignals> => linkSignals(signal === undefined ? [] : [signal]);
  let link = newLink();
  let underWay: { readonly position: number; readonly answer: Promise<ApiAnswer | null> }[] = [];
  let atOnce = api.limits.concurrency;

  const send = (place: Place): Promise<ApiAnswer> => api.read(requestAt(list, place), { signal: link.signal });
  /** @returns null where it is larger than its share */
  const sendForShare = async (place: Place): Promise<ApiAnswer | null> => {
    try {
      return await api.read(requestAt(list, place), { signal: link.signal, mostBytes: Math.ceil(api.limits.maxBytes / atOnce) });
    } catch (error) {
      if (error instanceof SourceError && error.code === 'source_too_large') return null;
      throw error;
    }
  };
  const drop = (): void => {
    link.abort(new DOMException('the page is not wanted any more', 'AbortError'));
    link.release();
    underWay = [];
  };

  return {
    take: async (place) => {
      const first = underWay.shift();
      const isForeseen = first?.position === place.position;
      const answer = isForeseen ? await first.answer : null;
      if (answer !== null) return answer;
      if (isForeseen) atOnce = Math.max(1, Math.floor(atOnce / 2));
      if (first !== undefined) {
        drop();
        link = newLink();
      }
      return await send(place);
    },
    foresee: (places) => {
      const isAlone = atOnce === 1 || underWay.length + places.length === 1;
      for (const place of places.slice(0, atOnce)) {
        if (underWay.some(({ position }) => position === place.position)) continue;
        const answer = isAlone ? send(place) : sendForShare(place);
        // One that nobody takes any more fails unheard; the taker of any other hears it all the same.
        answer.catch(() => undefined);
        underWay.push({ position: place.position, answer });
      }
    },
    close: drop,
  };
}
