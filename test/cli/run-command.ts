import { spawn } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..');
const PROGRAM = join(ROOT, 'bin', 'runledger.js');

/** Where Node keeps what it has made of the sources: to take the types out of all of them is half of a short command's work. */
const COMPILED = { NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'runledger-commands') };

export interface CommandResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly pid: number | undefined;
  readonly done: Promise<CommandResult>;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Resolves when this text has appeared on stdout. */
  readonly sawOnStdout: (text: string) => Promise<void>;
}

interface Given {
  readonly cwd: string;
  readonly env?: Record<string, string>;
  readonly stdin?: string;
  /** Options of Node itself. */
  readonly nodeOptions?: readonly string[];
}

/** Runs the command as a user does, in a process of its own and with no variable of this one but those that processes need. */
export async function runCommand(args: readonly string[], given: Given): Promise<CommandResult> {
  return startCommand(args, given).done;
}

export function startCommand(args: readonly string[], { cwd, env = {}, stdin = '', nodeOptions = [] }: Given): RunningCommand {
  const child = spawn(process.execPath, [...nodeOptions, PROGRAM, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], HOME: cwd, ...COMPILED, ...env },
  });
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const watch of watchers) watch();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => undefined).end(stdin);
  const done = new Promise<CommandResult>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      resolve({ code, signal, stdout, stderr });
    });
  });
  return {
    pid: child.pid,
    done,
    kill: (signal) => child.kill(signal),
    sawOnStdout: (text) =>
      new Promise((resolve, reject) => {
        const watch = (): void => {
          if (!stdout.includes(text)) return;
          watchers.delete(watch);
          resolve();
        };
        watchers.add(watch);
        watch();
        void done.then(() => {
          reject(new Error(`the command ended without writing ${JSON.stringify(text)}:\n${stdout}\n${stderr}`));
        });
      }),
  };
}
