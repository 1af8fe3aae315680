import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

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
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let wish: 'before' | 'after' | null = null;
  let commits = 0;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    let isCutting = false;
    const cut = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', cut).on('close', () => {
        sockets.delete(socket);
        cut();
      });
    }
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
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  // What is encrypted cannot be looked into.
  url.searchParams.set('sslmode', 'disable');
  return {
    url: url.href,
    cutCommit: (where) => {
      wish = where;
    },
    commits: () => commits,
    open: () => sockets.size / 2,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
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
