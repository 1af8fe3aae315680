import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Settings, SettingsSources } from '../../../src/cli/settings/load-settings.ts';
import { loadSettings } from '../../../src/cli/settings/load-settings.ts';
import { CONNECTORS } from '../../../src/connectors/connectors.ts';

let cwd = '';

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'runledger-settings-'));
});
afterEach(() => {
  rmSync(cwd, { recursive: true });
});

interface Given {
  readonly env?: Record<string, string>;
  readonly flags?: Partial<SettingsSources['flags']>;
  readonly parts?: 'all' | 'ledger';
}

function load({ env = {}, flags = {}, parts = 'all' }: Given = {}): Promise<Settings> {
  return loadSettings({
    flags: { config: null, database: null, logLevel: null, ...flags },
    env: { DATABASE_URL: 'postgres://db.example/x', ...env },
    cwd,
    isTerminal: false,
    connectors: CONNECTORS,
    parts,
  });
}

describe('settings without a file', () => {
  it('have a connection named after its connector when its key is set', async () => {
    const settings = await load({ env: { NOXUS_API_KEY: 'k', NOXUS_BASE_URL: 'http://127.0.0.1:8080/' } });
    expect(settings).toMatchObject({ file: null, migrate: 'auto', logLevel: null });
    expect(settings.connections).toMatchObject([
      { name: 'noxus', apiKey: 'k', baseUrl: 'http://127.0.0.1:8080', streams: ['runs', 'documents'] },
    ]);
  });

  it('take the key from a file, less the line end that an editor adds', async () => {
    writeFileSync(join(cwd, 'key'), 'from-file\n');
    expect((await load({ env: { NOXUS_API_KEY_FILE: join(cwd, 'key') } })).connections).toMatchObject([{ apiKey: 'from-file' }]);
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'given twice',
      { NOXUS_API_KEY: 'k', NOXUS_API_KEY_FILE: '/x' },
      'its api_key is given twice, by NOXUS_API_KEY and by NOXUS_API_KEY_FILE',
    ],
    ['in a file that is not there', { NOXUS_API_KEY_FILE: '/nowhere' }, 'NOXUS_API_KEY_FILE names /nowhere (ENOENT)'],
    ['in a device', { NOXUS_API_KEY_FILE: '/dev/zero' }, 'NOXUS_API_KEY_FILE names /dev/zero, which is no file'],
    ['with a line break in it', { NOXUS_API_KEY: 'a\nb' }, 'its api_key holds blanks'],
    ['beside a base URL that cannot be', { NOXUS_API_KEY: 'k', NOXUS_BASE_URL: 'backend' }, 'its base_url is not a URL'],
  ])('refuse a key %s', async (_how, env, message) => {
    await expect(load({ env })).rejects.toMatchObject({ code: 'bad_settings', message: expect.stringContaining(message) as unknown });
  });

  it('make a connection of every source system whose key is set, named after its connector', async () => {
    const { connections } = await load({ env: { NOXUS_API_KEY: 'a', MORPHIK_API_KEY: 'b', KNOWLEDGE_STACK_API_KEY: 'c' } });
    expect(connections.map(({ name, connector, streams }) => [name, connector.title, streams])).toEqual([
      ['noxus', 'Noxus', ['runs', 'documents']],
      ['morphik', 'Morphik', ['runs', 'documents']],
      ['knowledge_stack', 'Knowledge Stack', ['runs', 'documents']],
    ]);
  });

  it('have no connection at all where only the ledger is wanted, whatever the environment is', async () => {
    expect((await load({ parts: 'ledger', env: { NOXUS_API_KEY_FILE: '/nowhere' } })).connections).toEqual([]);
  });
});

describe('a settings file', () => {
  const text = 'database: embedded\nlog_level: warn\nconnections: { mine: { connector: noxus, api_key: own } }';

  it('is found in the working directory, and keeps the environment from making connections', async () => {
    writeFileSync(join(cwd, 'runledger.yaml'), text);
    const settings = await load({ env: { NOXUS_API_KEY: 'k', DATABASE_URL: '' } });
    expect(settings.connections.map(({ name }) => name)).toEqual(['mine']);
    expect(settings).toMatchObject({
      file: join(cwd, 'runledger.yaml'),
      logLevel: 'warn',
      database: { target: { path: join(cwd, '.runledger') } },
    });
  });

  it('that does not speak of connections leaves them to the environment', async () => {
    writeFileSync(join(cwd, 'runledger.yaml'), 'migrate: manual');
    expect(await load({ env: { NOXUS_API_KEY: 'k' } })).toMatchObject({ migrate: 'manual', connections: [{ name: 'noxus' }] });
  });

  it('is named by the flag before the variable, and its embedded ledger lies beside it', async () => {
    mkdirSync(join(cwd, 'conf'));
    writeFileSync(join(cwd, 'conf/a.yaml'), text);
    const env = { RUNLEDGER_CONFIG: 'nowhere.yaml', DATABASE_URL: '' };
    const settings = await load({ env, flags: { config: 'conf/a.yaml' } });
    expect(settings.database.target).toEqual({ kind: 'embedded', path: join(cwd, 'conf/.runledger') });
    await expect(load({ env })).rejects.toMatchObject({
      code: 'bad_settings',
      message: expect.stringContaining('nowhere.yaml cannot be read: there is no such file') as unknown,
    });
  });

  it('gives way to flag and environment', async () => {
    writeFileSync(join(cwd, 'runledger.yaml'), text);
    const env = { RUNLEDGER_LOG_LEVEL: 'debug', DATABASE_URL: 'postgres://db.example/x' };
    expect(await load({ env })).toMatchObject({ logLevel: 'debug', database: { origin: 'DATABASE_URL' } });
    expect(await load({ env, flags: { logLevel: 'error', database: 'embedded' } })).toMatchObject({
      logLevel: 'error',
      database: { origin: '--database' },
    });
    await expect(load({ env: { RUNLEDGER_LOG_LEVEL: 'loud' } })).rejects.toThrow('RUNLEDGER_LOG_LEVEL must be');
  });

  it('that is a folder, is not text or is far too big is refused by name', async () => {
    mkdirSync(join(cwd, 'folder'));
    writeFileSync(join(cwd, 'latin'), Buffer.from([0x61, 0x3a, 0xe9]));
    writeFileSync(join(cwd, 'big'), '#'.repeat(1024 * 1024 + 1));
    await expect(load({ flags: { config: 'folder' } })).rejects.toThrow('it is a folder');
    await expect(load({ flags: { config: 'latin' } })).rejects.toThrow('it is not UTF-8');
    await expect(load({ flags: { config: 'big' } })).rejects.toThrow('which no settings file needs');
  });
});
