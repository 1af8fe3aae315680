import { describe, expect, it } from 'vitest';
import { main } from '../../../src/cli/main.ts';
import { captureIo } from '../captured-io.ts';
import { freshFolder } from '../folder.ts';

async function run(args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const io = captureIo({ cwd: freshFolder() });
  const code = await main(args, io);
  return { code, out: io.out(), err: io.err() };
}

describe('--accept-disappearances', () => {
  it('is explained in the help: when it is asked for, why, and how', async () => {
    const { out } = await run(['sync', '--help']);
    for (const part of [
      'more than a fifth',
      'more than ten',
      'lost a permission',
      'sync --connection noxus --stream runs --accept-disappearances',
    ])
      expect(out).toContain(part);
  });

  it('is said once, of what was looked at, and not by a loop', async () => {
    const { code, err } = await run(['sync', '--every', '5m', '--accept-disappearances']);
    expect(code).toBe(2);
    expect(err).toContain("option '--accept-disappearances' cannot be used with option '--every <duration>'");
  });
});
