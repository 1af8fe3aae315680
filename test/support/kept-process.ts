import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ServerUser } from './server-user.ts';

/** A server that lives until it is stopped, and no longer than this process, however that ends. */
export interface KeptProcess {
  /** Ends it by a signal, and starts it again with the same arguments. Resolves once it is ready. */
  readonly restart: (signal: EndSignal) => Promise<void>;
  /** Ends it and removes its folder. */
  readonly stop: () => Promise<void>;
}

export type EndSignal = 'INT' | 'QUIT' | 'KILL';

export interface KeptProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly user: ServerUser | null;
  /** Its own: what it says on stderr goes to `log` there, and all of it is removed in the end. */
  readonly folder: string;
  /** What it says on stderr each time that it is ready. */
  readonly saysWhenReady: string;
  /** What ends it at once: nothing in there is worth an orderly end. */
  readonly lastSignal: EndSignal;
}

/**
 * Ends the server and removes its folder when our end of stdin closes: when we say so, and also when we are killed. The children of a
 * killed test run would otherwise live on for ever. A line before that names a signal to restart it by.
 */
const KEEPER = `
trap '' INT TERM HUP
start() {
  "$@" 2>>"$FOLDER/log" </dev/null &
  server=$!
}
start "$@"
while read -r signal; do
  kill -"$signal" "$server"
  wait "$server"
  start "$@"
done
kill -"$LAST_SIGNAL" "$server" 2>/dev/null
wait "$server"
rm -rf "$FOLDER"
`;

/** @throws where it says FATAL or is not ready within a minute, with what it said */
export async function startKept({ command, args, user, folder, saysWhenReady, lastSignal }: KeptProcessOptions): Promise<KeptProcess> {
  const keeper = spawn('sh', ['-c', KEEPER, 'keeper', command, ...args], {
    ...user,
    cwd: folder,
    env: { LC_ALL: 'C', PATH: process.env['PATH'], FOLDER: folder, LAST_SIGNAL: lastSignal },
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const ended = new Promise<void>((resolve) =>
    keeper.once('exit', () => {
      resolve();
    }),
  );
  keeper.stdin.on('error', () => undefined);
  const stop = async (): Promise<void> => {
    keeper.stdin.end();
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const log = join(folder, 'log');
  const said = (): string => (existsSync(log) ? readFileSync(log, 'utf8') : '');
  const untilReady = async (starts: number): Promise<void> => {
    const endMs = Date.now() + 60_000;
    while (said().split(saysWhenReady).length <= starts) {
      // Later it is its clients that meet with what is fatal, while it ends and starts.
      const hasFailed = starts === 1 && said().includes('FATAL');
      if (hasFailed || Date.now() > endMs) throw new Error(`${command} did not start:\n${said()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  let starts = 1;
  try {
    await untilReady(starts);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    restart: async (signal) => {
      starts += 1;
      keeper.stdin.write(`${signal}\n`);
      await untilReady(starts);
    },
    stop,
  };
}
