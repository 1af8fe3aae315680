import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject } from 'vitest';
import { runCommand, type CommandResult } from '../cli/run-command.ts';

export interface MeasuredResult extends CommandResult {
  /** The most memory that its process ever held, code and all. */
  readonly peakMegabytes: number;
  /** Whether every object of the process had a property `polluted` at its end. */
  readonly isPolluted: boolean;
}

/**
 * Put before the command in its own process. On Linux the kernel's own high-water mark is read: `maxRSS` counts what the process was before it became this
 * program, which is a copy of the test's.
 */
const MEASURE = `
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
process.on('exit', () => {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const kilobytes = /VmHWM:\\s+(\\d+)/.exec(status)?.[1] ?? process.resourceUsage().maxRSS;
  writeFileSync('measured.json', JSON.stringify({ kilobytes: Number(kilobytes), isPolluted: {}.polluted !== undefined }));
});`;

/** Variables for many processes of one program: what one has compiled the others need not, which is half of their work. */
export function compiledOnce(): Record<string, string> {
  return { NODE_COMPILE_CACHE: join(inject('runFolder'), 'compiled') };
}

/** Runs the command in a folder of its own, with this settings file. */
export async function measureCommand(
  args: readonly string[],
  { settings, env }: { readonly settings: string; readonly env: Record<string, string> },
): Promise<MeasuredResult> {
  const cwd = mkdtempSync(join(tmpdir(), 'runledger-measured-'));
  try {
    writeFileSync(join(cwd, 'runledger.yaml'), settings);
    const nodeOptions = ['--import', `data:text/javascript,${encodeURIComponent(MEASURE)}`];
    const result = await runCommand(args, { cwd, env: { ...compiledOnce(), ...env }, nodeOptions });
    const measured = JSON.parse(readFileSync(join(cwd, 'measured.json'), 'utf8')) as { kilobytes: number; isPolluted: boolean };
    return { ...result, peakMegabytes: measured.kilobytes / 1024, isPolluted: measured.isPolluted };
  } finally {
    rmSync(cwd, { recursive: true });
  }
}
