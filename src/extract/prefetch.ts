import type { Api, ApiAnswer, PagedList } from '../model/connector.ts';
import { linkSignals } from './linked-signal.ts';
import { requestAt, type Place } from './place.ts';

/** Pages on their way, in the order in which they will be taken. */
export interface Prefetch {
  /** The page at `place`, from what is on its way where it was foreseen; otherwise all that is on its way is dropped. */
  take(place: Place): Promise<ApiAnswer>;
  /** Sends for those of these places that are not on their way yet. */
  foresee(places: readonly Place[]): void;
  /** Ends all that is on its way. */
  close(): void;
}

export function createPrefetch(api: Api, list: PagedList, signal: AbortSignal | undefined): Prefetch {
  let link = linkSignals(signal === undefined ? [] : [signal]);
  let underWay: { readonly position: number; readonly answer: Promise<ApiAnswer> }[] = [];

  const send = (place: Place): Promise<ApiAnswer> => {
    const answer = api.read(requestAt(list, place), { signal: link.signal });
    // One that nobody takes any more fails unheard; the taker of any other hears it all the same.
    answer.catch(() => undefined);
    return answer;
  };
  const drop = (): void => {
    link.abort(new DOMException('the page is not wanted any more', 'AbortError'));
    link.release();
    underWay = [];
  };

  return {
    take: (place) => {
      const first = underWay.shift();
      if (first?.position === place.position) return first.answer;
      if (first !== undefined) {
        drop();
        link = linkSignals(signal === undefined ? [] : [signal]);
      }
      return send(place);
    },
    foresee: (places) => {
      for (const place of places) {
        if (underWay.some(({ position }) => position === place.position)) continue;
        underWay.push({ position: place.position, answer: send(place) });
      }
    },
    close: drop,
  };
}
