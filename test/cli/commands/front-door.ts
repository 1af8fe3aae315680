import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { connect, createServer } from 'node:net';
import { onTestFinished } from 'vitest';

/** The address of a server, which stays when the server is stopped and started again: what is listening there only passes bytes on. */
export interface FrontDoor {
  readonly url: string;
  /** Breaks what connections there are, and every new one. The port stays taken: a port that was given back may be somebody else's then. */
  readonly close: () => void;
  /** Lets through again. */
  readonly open: () => void;
}

/** Closed when the test is over. @param behind the URL of the server */
export async function openFrontDoor(behind: string): Promise<FrontDoor> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  };
  let isOpen = true;
  const server = createServer((outside) => {
    keep(outside);
    if (!isOpen) {
      outside.resetAndDestroy();
      return;
    }
    const inside = connect(Number(new URL(behind).port), '127.0.0.1');
    keep(inside);
    outside.pipe(inside).pipe(outside);
  });
  const close = (): void => {
    isOpen = false;
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(() => {
    close();
    server.close();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close,
    open: () => {
      isOpen = true;
    },
  };
}
