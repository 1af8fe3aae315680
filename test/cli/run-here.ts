import { main } from '../../src/cli/main.ts';
import { captureIo } from './captured-io.ts';
import type { CommandResult } from './run-command.ts';

/** Runs the command in this process, which shows as much where the process itself is not the point. */
export async function runHere(
  args: readonly string[],
  given: { readonly cwd: string; readonly env?: Record<string, string>; readonly stdin?: string },
): Promise<Omit<CommandResult, 'signal'>> {
  const io = captureIo(given);
  const code = await main(args, io);
  return { code, stdout: io.out(), stderr: io.err() };
}
