import { startTcpProxy } from './tcp-proxy.ts';

/** A way to a Postgres that breaks when told to. */
export interface CuttingProxy {
  /** The same database, by way of here. */
  readonly url: string;
  /**
   * Breaks the next connection that sends a `commit`: before the server gets it, or after the server has done it and before we hear of it.
   */
  cutCommit(where: 'before' | 'after'): void;
  /** Commits that were asked for, cut ones too. */
  readonly commits: () => number;
  /** Connections that are open, seen from our side. */
  readonly open: () => number;
  readonly close: () => Promise<void>;
}

export async function startCuttingProxy(target: string): Promise<CuttingProxy> {
  let wish: 'before' | 'after' | null = null;
  let commits = 0;
  const { url, open, close } = await startTcpProxy(target, (client, upstream, cut) => {
    let isCutting = false;
    client.on('data', (data) => {
      if (isCommit(data)) {
        commits += 1;
        isCutting = wish !== null;
        if (wish === 'before') {
          wish = null;
          cut();
          return;
        }
        wish = null;
      }
      upstream.write(data);
    });
    upstream.on('data', (data) => {
      if (isCutting) cut();
      else client.write(data);
    });
  });
  // What is encrypted cannot be looked into.
  url.searchParams.set('sslmode', 'disable');
  return {
    url: url.href,
    cutCommit: (where) => {
      wish = where;
    },
    commits: () => commits,
    open,
    close,
  };
}

/** A simple query: `Q`, four bytes of length, the text, a zero. */
function isCommit(data: Buffer): boolean {
  return (
    data[0] === 0x51 &&
    data
      .subarray(5, data.length - 1)
      .toString()
      .toLowerCase() === 'commit'
  );
}
