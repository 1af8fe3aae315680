import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createFrameReader } from './postgres-frames.ts';

/** Something in the place of a Postgres that asks for the password in clear text and repeats it, and all else that it was told, in its refusal. */
export async function startEchoingPostgres(): Promise<{ readonly port: number; readonly close: () => void }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    const read = createFrameReader();
    let told = '';
    socket
      .on('error', () => undefined)
      .on('data', (chunk) => {
        for (const { type, bytes } of read(chunk)) {
          if (type === 'p') {
            const password = bytes.toString('utf8', 5, bytes.length - 1);
            const said = `server login failed: postgres://${told}:${password}@upstream/x, host=upstream password='${password}' user=${told}: "${password}" is wrong`;
            socket.end(message('E', `SFATAL\0C28P01\0M${said}\0\0`));
          } else if (bytes.length === 8) socket.write('N');
          else {
            told = /user\0([^\0]*)/.exec(bytes.toString('latin1'))?.[1] ?? '';
            socket.write(message('R', '\0\0\0\u0003'));
          }
        }
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function message(type: string, body: string): Buffer {
  const bytes = Buffer.from(body);
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
}
