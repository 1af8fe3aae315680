import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import type { PostgresFault, PostgresFaultKind, Side } from './postgres-faults.ts';
import type { FaultCounts } from './source-proxy.ts';

/** A way to a Postgres on which connections break, stall and are slow, whatever is being said on them. */
export interface PostgresProxy {
  /** The same database, by way of here. */
  readonly url: string;
  /** Faults that came about: a connection may end before the byte at which it would have broken. */
  readonly counts: Readonly<FaultCounts<PostgresFaultKind>>;
  /** Breaks what connections there are. */
  readonly close: () => Promise<void>;
}

export interface PostgresProxyOptions {
  readonly target: string;
  /** What the next connection meets. */
  readonly nextFault: () => PostgresFault;
}

export async function startPostgresProxy({ target, nextFault }: PostgresProxyOptions): Promise<PostgresProxy> {
  const counts: FaultCounts<PostgresFaultKind> = { none: 0, delay: 0, cut: 0, stall: 0, stall_and_cut: 0 };
  const { url, close } = await startTcpProxy(target, (client, upstream, cut) => {
    const fault = nextFault();
    if (fault.kind === 'none') counts.none += 1;
    const met = (): void => {
      counts[fault.kind] += 1;
    };
    void carry(client, upstream, 'client', fault, met).then(cut, cut);
    void carry(upstream, client, 'server', fault, met).then(cut, cut);
  });
  return {
    url: url.href,
    counts,
    close,
  };
}

/** Carries bytes one way until that way ends, or is to break. */
async function carry(from: Socket, to: Socket, side: Side, fault: PostgresFault, met: () => void): Promise<void> {
  let left = fault.kind === 'none' || fault.from !== side ? Infinity : fault.at;
  let isMet = false;
  for await (const chunk of from as AsyncIterable<Buffer>) {
    if (fault.kind === 'none' || chunk.length <= left) {
      to.write(chunk);
      left -= chunk.length;
      continue;
    }
    if (!isMet) met();
    isMet = true;
    to.write(chunk.subarray(0, left));
    await sleep(fault.ms);
    if (fault.kind === 'cut' || fault.kind === 'stall_and_cut') return;
    to.write(chunk.subarray(left));
    left = fault.kind === 'delay' ? 0 : Infinity;
  }
}
