/** The end of the time that something may take; while it is held, no time passes. */
export interface Deadline {
  readonly hold: () => void;
  readonly go: () => void;
  readonly end: () => void;
}

/** @param onOver called once, when the time is over */
export function startDeadline(ms: number, onOver: () => void): Deadline {
  let leftMs = ms;
  let sinceMs = 0;
  let timer: NodeJS.Timeout | null = null;
  const end = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  const go = (): void => {
    if (timer !== null) return;
    sinceMs = performance.now();
    timer = setTimeout(onOver, leftMs);
  };
  go();
  return {
    hold: () => {
      if (timer === null) return;
      end();
      leftMs = Math.max(0, leftMs - (performance.now() - sinceMs));
    },
    go,
    end,
  };
}
