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
   * @param which all of its forms, or only those that are newer than the one it had: the older ones may go on to be served beside them
   * @returns whether it is another than before
   * @throws SourceError where it answers none of the requests that would tell
   */
  recognise(api: Api, at: Instant, which: 'all' | 'newer'): Promise<boolean>;
}

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
    async recognise(api, at, which) {
      const candidates = which === 'newer' && isKnown ? forms.slice(0, forms.indexOf(source)) : forms;
      // Where nothing tells, what answered before is not given up for what merely might.
      const found = (await spoken(api, candidates)) ?? (isKnown ? source : (forms.find(isLastResort) ?? source));
      if (isKnown && found === source) return false;
      if (known.generation !== null || isKnown) {
        since = at;
        options.log.warn({ from: source.generation, to: found.generation }, 'the source answers in another form than before');
      }
      source = found;
      isKnown = true;
      await options.onFound(found.generation, since);
      return true;
    },
  };
}

async function spoken(api: Api, forms: readonly StreamSource[]): Promise<StreamSource | null> {
  for (const form of forms) {
    if (form.recognition === null) continue;
    const { request, isSpoken } = form.recognition;
    const { body, response } = await api.read({ ...request, accept: [...(request.accept ?? []), ...NOT_SPOKEN] });
    if (response.status < 300 && isSpoken(body)) return form;
  }
  return null;
}

function isLastResort({ recognition }: StreamSource): boolean {
  return recognition === null;
}

/** What a server answers that does not have an endpoint, or not in this form. */
const NOT_SPOKEN: readonly number[] = [404, 405, 410, 422];

/** Whether a failure can mean that the source has gone over to another form. */
export function isOfAnotherForm(error: Error | null): boolean {
  return error instanceof SourceError && (error.code === 'source_other_form' || error.code === 'source_not_found');
}
