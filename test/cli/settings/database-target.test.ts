import { describe, expect, it } from 'vitest';
import type { DatabaseSources } from '../../../src/cli/settings/database-target.ts';
import { chooseDatabase } from '../../../src/cli/settings/database-target.ts';

const NOTHING: DatabaseSources = { flag: null, env: {}, file: null, cwd: '/work', home: '/work', isTerminal: false };
const FILE = { database: 'embedded:ledger', path: 'conf/runledger.yaml' };

describe('the database', () => {
  it('is the one of the flag, then of DATABASE_URL, then of the file, then of the PG* variables', () => {
    const all: DatabaseSources = {
      ...NOTHING,
      flag: 'postgres://flag.example/x',
      env: { DATABASE_URL: 'postgres://env.example/x', PGHOST: 'pg.example' },
      file: FILE,
      home: '/work/conf',
      isTerminal: true,
    };
    expect(chooseDatabase(all)).toEqual({ target: { kind: 'postgres', url: 'postgres://flag.example/x' }, origin: '--database' });
    expect(chooseDatabase({ ...all, flag: null })).toEqual({
      target: { kind: 'postgres', url: 'postgres://env.example/x' },
      origin: 'DATABASE_URL',
    });
    const withoutUrl = { ...all, flag: null, env: { PGHOST: 'pg.example', DATABASE_URL: '' } };
    expect(chooseDatabase(withoutUrl)).toEqual({ target: { kind: 'embedded', path: '/work/conf/ledger' }, origin: 'conf/runledger.yaml' });
    expect(chooseDatabase({ ...withoutUrl, file: null })).toEqual({ target: { kind: 'postgres', url: null }, origin: 'PGHOST' });
  });

  it.each(['PGHOST', 'PGHOSTADDR', 'PGDATABASE', 'PGSERVICE'])('is named by %s alone', (variable) => {
    expect(chooseDatabase({ ...NOTHING, env: { [variable]: 'x' } }).origin).toBe(variable);
  });

  it('is not named by a user, a port or a password', () => {
    expect(() => chooseDatabase({ ...NOTHING, env: { PGUSER: 'me', PGPORT: '5432', PGPASSWORD: 'x' } })).toThrow('no database is named');
  });

  it('of a terminal that names none is a folder beside the settings', () => {
    expect(chooseDatabase({ ...NOTHING, home: '/work/conf', isTerminal: true })).toEqual({
      target: { kind: 'embedded', path: '/work/conf/.runledger' },
      origin: null,
    });
  });

  it('must be named where there is no terminal, because a ledger that vanishes with its pod is worse than none', () => {
    expect(() => chooseDatabase(NOTHING)).toThrow(
      expect.objectContaining({ code: 'bad_settings', hint: expect.stringContaining('Set DATABASE_URL') as unknown }),
    );
  });

  it('in a folder is found from the file that names it, and from the working directory for flag and environment', () => {
    const sources = { ...NOTHING, cwd: '/here', home: '/there' };
    const pathOf = (more: Partial<DatabaseSources>) => chooseDatabase({ ...sources, ...more }).target;
    expect(pathOf({ file: { ...FILE, database: 'embedded' } })).toEqual({ kind: 'embedded', path: '/there/.runledger' });
    expect(pathOf({ file: { ...FILE, database: 'embedded:../x' } })).toEqual({ kind: 'embedded', path: '/x' });
    expect(pathOf({ flag: 'embedded:data' })).toEqual({ kind: 'embedded', path: '/here/data' });
    expect(pathOf({ env: { DATABASE_URL: 'embedded' } })).toEqual({ kind: 'embedded', path: '/here/.runledger' });
    expect(pathOf({ flag: 'embedded:/abs/x' })).toEqual({ kind: 'embedded', path: '/abs/x' });
  });

  it.each([
    ['mysql://u:secret@h/x', 'found mysql:…'],
    ['host=h password=secret', 'found something else'],
    ['', 'found nothing'],
    ['embedded:', 'found embedded:…'],
  ])('is not %j, and the message repeats nothing secret of it', (flag, found) => {
    const choose = () => chooseDatabase({ ...NOTHING, flag });
    expect(choose).toThrow(`--database must be postgres://…, embedded or embedded:PATH, ${found}`);
    expect(choose).not.toThrow('secret');
  });
});
