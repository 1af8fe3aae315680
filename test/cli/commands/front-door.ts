import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { onTestFinished } from 'vitest';

/** The address of a server, which stays when the server is stopped and started again: what is listening there only passes bytes on. */
export interface FrontDoor {
  readonly url: string;
  /** Breaks what connections there are, and refuses new ones. */
  readonly close: () => void;
  /** Listens at the same port again. */
  readonly open: () => Promise<void>;
}

/** Closed when the test is over. @param behind the URL of the server */
export async function openFrontDoor(behind: string): Promise<FrontDoor> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  };
  const server = createServer((outside) => {
    const inside = connect(Number(new URL(behind).port), '127.0.0.1');
    for (const socket of [outside, inside]) keep(socket);
    outside.pipe(inside).pipe(outside);
  });
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const close = (): void => {
    if (server.listening) server.close();
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(close);
  const port = await listen(0);
  return {
    url: `http://127.0.0.1:${port}`,
    close,
    open: async () => {
      await listen(port);
    },
  };
}
