import { describe, expect, it, onTestFinished } from 'vitest';
import { freshDatabase } from '../../support/database.ts';
import { freshFolder } from '../folder.ts';
import { runHere } from '../run-here.ts';
import { startSource } from '../source.ts';

describe('track', () => {
  it('adds ids from arguments and from stdin, each once, and the next sync reads them', async () => {
    const source = await startSource({ runs: 2, isListed: () => false });
    const [first, second] = source.world.runs;
    const database = await freshDatabase();
    onTestFinished(() => database.drop());
    const given = { cwd: freshFolder(), env: { ...source.env, DATABASE_URL: database.url } };
    const added = await runHere(['track', 'noxus', 'runs', first?.id ?? '', '-', '--json'], {
      ...given,
      stdin: `\n ${second?.id ?? ''} \r\n`,
    });
    expect(added.code, added.stderr).toBe(0);
    expect(JSON.parse(added.stdout)).toEqual({ connection: 'noxus', stream: 'runs', added: 2, known: 0 });
    expect((await runHere(['track', 'noxus', 'runs', first?.id ?? ''], given)).stdout).toBe(
      '0 records added to those that every sync of noxus reads, 1 known already\n',
    );
    expect((await runHere(['sync'], given)).stdout).toMatch(/^noxus runs: 2 new/);
  });
});
