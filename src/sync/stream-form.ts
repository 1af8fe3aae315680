import type { Logger } from 'pino';
import type { Api, StreamSource } from '../model/connector.ts';
import { SourceError } from '../model/errors.ts';
import type { Instant } from '../model/instant.ts';

/** In which of its forms a source answers for a stream. It can change: servers are upgraded between two syncs. */
export interface StreamForm {
  readonly source: StreamSource;
  /** Since when it has answered in this form, where it had answered in another before: words seen until then are of the other's vocabulary. */
  readonly since: Instant | null;
  /** Whether it has been found out, in this sync or in an earlier one. */
  readonly isKnown: boolean;
  /** Whether the stream has forms besides. */
  readonly hasOthers: boolean;
  /**
   * Finds out in which form the source answers now.
   *
   * @param why nothing is known yet (`first`), a newer form may have come (`newer`), its list is not there any more (`gone`), or it answers in `other` words than
   * the form has
   * @returns whether it is another than before
   * @throws SourceError where a request fails that would tell; not where only a newer form is looked for
   */
  recognise(api: Api, at: Instant, why: WhyAsked): Promise<boolean>;
}

export type WhyAsked = 'first' | 'newer' | 'gone' | 'other';

/**
 * @param forms the newest first
 * @param known as an earlier sync found it; null where none did
 * @param onFound told before anything is read in the new form
 */
export function createStreamForm(
  forms: readonly [StreamSource, ...StreamSource[]],
  known: { readonly generation: string | null; readonly since: Instant | null },
  options: { readonly log: Logger; readonly onFound: (generation: string, since: Instant | null) => Promise<void> },
): StreamForm {
  const remembered = forms.find(({ generation }) => generation === known.generation) ?? null;
  let source: StreamSource = remembered ?? forms[0];
  let since = known.since;
  let isKnown = remembered !== null;
  const note = async (found: StreamSource): Promise<void> => {
    source = found;
    isKnown = true;
    await options.onFound(found.generation, since);
  };

  return {
    get source() {
      return source;
    },
    get since() {
      return since;
    },
    get isKnown() {
      return isKnown;
    },
    hasOthers: forms.length > 1,
    async recognise(api, at, why) {
      const place = forms.indexOf(source);
      const candidates = forms.filter((form, index) => isCandidate(form, index < place, why));
      const found = forms.length === 1 ? source : await spoken(api, candidates, why);
      // Nothing tells: it is read in the form that it had, or in the newest, and asked again at the next sync.
      if (found === null) return false;
      if (isKnown && found === source) return false;
      if (known.generation !== null || isKnown) {
        since = at;
        options.log.warn({ from: source.generation, to: found.generation }, 'the source answers in another form than before');
      }
      await note(found);
      return true;
    },
  };
}

/**
 * A list that is not there may be that of a server that is in trouble: then an older form takes over only where no other answers as it does.
 */
function isCandidate({ recognition }: StreamSource, isNewer: boolean, why: WhyAsked): boolean {
  if (recognition === null) return false;
  return why === 'newer' ? isNewer : why !== 'gone' || isNewer || recognition.mayTakeOver;
}

/** A gateway in front of an older server answers all kinds of things to a path that it does not know: only where no other form is recognised that is a failure. */
async function spoken(api: Api, forms: readonly StreamSource[], why: WhyAsked): Promise<StreamSource | null> {
  let failure: SourceError | null = null;
  for (const form of forms) {
    try {
      if (await isSpokenBy(api, form, why)) return form;
    } catch (error) {
      if (!(error instanceof SourceError) || ENDS_ALL.has(error.code)) throw error;
      failure ??= error;
    }
  }
  if (failure !== null && why !== 'newer') throw failure;
  return null;
}

async function isSpokenBy(api: Api, { recognition }: StreamSource, why: WhyAsked): Promise<boolean> {
  if (recognition === null) return false;
  const { request, isSpoken } = recognition;
  const { body, response } = await api.read({ ...request, accept: [...(request.accept ?? []), ...NOT_SPOKEN] });
  const answer = response.status < 300 ? isSpoken(body) : false;
  return answer ?? why === 'first';
}

const ENDS_ALL: ReadonlySet<string> = new Set(['source_unauthorized', 'source_rate_limited'] satisfies SourceError['code'][]);

/** What a server answers that does not have an endpoint, or not in this form. */
const NOT_SPOKEN: readonly number[] = [404, 405, 410, 422];
