import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** A way to a server on which both ends of a connection are at hand. */
export interface TcpProxy {
  /** The target's, by way of here. */
  readonly url: URL;
  /** Connections that are open, seen from our side. */
  readonly open: () => number;
  /** Breaks what connections there are. */
  readonly close: () => Promise<void>;
}

/** @param carry takes what one end says to the other; `cut` ends both, as does an end that closes */
export async function startTcpProxy(target: string, carry: (client: Socket, upstream: Socket, cut: () => void) => void): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  // What is passed on piece by piece would else wait at each piece until the one before is acknowledged.
  const server = createServer({ noDelay: true }, (client) => {
    const upstream = connect({ port: Number(port), host: hostname, noDelay: true });
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
    carry(client, upstream, cut);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  return {
    url,
    open: () => sockets.size / 2,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
