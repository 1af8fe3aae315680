import { createServer, type AddressInfo } from 'node:net';

/**
 * Starts a server that must be told its port. Between finding one that is free and listening there somebody else can have taken it: then it is started
 * on another one.
 *
 * @param start rejects with what the server said
 */
export async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (tries === 3 || !/address already in use/i.test(String(error))) throw error;
    }
  }
}

/** @returns a port of 127.0.0.1 on which nobody listens */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
