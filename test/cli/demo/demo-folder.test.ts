import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { prepareDemoFolder } from '../../../src/cli/demo/demo-folder.ts';
import { lockFolder } from '../../../src/db/folder-lock.ts';

let parent: string;
let folder: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'demo-folder-'));
  folder = join(parent, 'demo');
});

afterEach(() => {
  rmSync(parent, { recursive: true, force: true });
});

describe('the folder of the demo', () => {
  it('is made where there is none, and keeps itself out of repositories', async () => {
    expect(await prepareDemoFolder(folder)).toBe(join(folder, 'ledger'));
    expect(readdirSync(folder).toSorted()).toEqual(['.gitignore', 'README.txt']);
  });

  it('is taken where it is empty', async () => {
    mkdirSync(folder);
    await expect(prepareDemoFolder(folder)).resolves.toBe(join(folder, 'ledger'));
  });

  it('loses the ledger of the demo before, and nothing else', async () => {
    const ledger = await prepareDemoFolder(folder);
    mkdirSync(join(ledger, 'data'), { recursive: true });
    writeFileSync(join(ledger, 'data', 'PG_VERSION'), '18\n');
    writeFileSync(join(folder, 'notes'), 'mine');
    await prepareDemoFolder(folder);
    expect(existsSync(join(ledger, 'data'))).toBe(false);
    expect(existsSync(join(folder, 'notes'))).toBe(true);
  });

  it('keeps a ledger that is in use, and says who uses it', async () => {
    const ledger = await prepareDemoFolder(folder);
    mkdirSync(join(ledger, 'data'), { recursive: true });
    writeFileSync(join(ledger, 'data', 'PG_VERSION'), '18\n');
    const lock = await lockFolder(join(ledger, 'lock'), ledger);
    await expect(prepareDemoFolder(folder)).rejects.toMatchObject({ code: 'ledger_locked' });
    expect(existsSync(join(ledger, 'data', 'PG_VERSION'))).toBe(true);
    lock.release();
  });

  it('is left alone where no demo made it, file or folder', async () => {
    mkdirSync(join(folder, 'data'), { recursive: true });
    writeFileSync(join(folder, 'README.txt'), 'Photos of 2019\n');
    await expect(prepareDemoFolder(folder)).rejects.toMatchObject({
      code: 'bad_argument',
      message: expect.stringContaining(folder) as string,
    });
    expect(readdirSync(folder).toSorted()).toEqual(['README.txt', 'data']);
    const file = join(parent, 'file');
    writeFileSync(file, 'x');
    await expect(prepareDemoFolder(file)).rejects.toMatchObject({ code: 'bad_argument' });
  });
});
