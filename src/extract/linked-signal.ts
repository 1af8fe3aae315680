/** A signal that follows others until it is released. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  readonly abort: (reason: unknown) => void;
  readonly release: () => void;
}

/**
 * Makes a signal for one request out of those that live longer. `AbortSignal.any` would do the same, but its links stay on a signal that
 * lives as long as the sync; these are taken off again by `release`.
 */
export function linkSignals(sources: readonly AbortSignal[]): LinkedSignal {
  const controller = new AbortController();
  const links = sources.map((source) => {
    const follow = (): void => {
      controller.abort(source.reason);
    };
    if (source.aborted) follow();
    else source.addEventListener('abort', follow, { once: true });
    return { source, follow };
  });
  return {
    signal: controller.signal,
    abort: (reason) => {
      controller.abort(reason);
    },
    release: () => {
      for (const { source, follow } of links) source.removeEventListener('abort', follow);
    },
  };
}
