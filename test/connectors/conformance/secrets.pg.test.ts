import { sql } from 'kysely';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../../src/db/open-ledger.ts';
import { API_KEY } from '../../sync/rig.ts';
import { openSystem } from './open-system.ts';
import { SECRET, withSecrets } from './planted.ts';
import { sharedLedger } from './shared-ledger.ts';
import { SYSTEMS } from './systems.ts';
import { addInState, STATES } from './world-states.ts';

const ledger = sharedLedger();

describe.each(SYSTEMS)('$title', (system) => {
  it('leaves no key, no contents and no signed address in the ledger or in a log, not even where it echoes the key', async () => {
    let isRefusing = false;
    const lines: string[] = [];
    const opened = await openSystem(system, {
      onRecord: withSecrets,
      log: pino({ level: 'trace' }, { write: (line: string) => lines.push(line) }),
      hooks: () => ({
        intercept: ({ path, headers }) =>
          isRefusing ? { status: 400, body: { detail: `${path} not with ${JSON.stringify(headers)}` } } : null,
      }),
    });
    for (const { stream } of system.streams) for (const state of STATES[stream]) addInState(opened.world, stream, state);
    const before = new Set(await everyRowOf(ledger()));
    await opened.sync(ledger());
    isRefusing = true;
    opened.world.advanceBy(3_600_000);
    const refused = Object.values(await opened.sync(ledger(), { full: true }));
    expect(refused.filter(({ status }) => status === 'failed')).not.toEqual([]);
    for (const text of [...lines, JSON.stringify(refused, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value))]) {
      expect(text).not.toContain(API_KEY);
      expect(text).not.toContain(SECRET);
    }
    const stored = (await everyRowOf(ledger())).filter((row) => !before.has(row));
    expect(stored.filter((row) => row.includes(API_KEY) || row.includes(SECRET))).toEqual([]);
    expect(stored.filter((row) => row.includes(opened.settings.name)).length).toBeGreaterThan(10);
    expect(lines.length).toBeGreaterThan(4);
  });
});

/** Every row of every table, as a text. */
async function everyRowOf({ db }: Ledger): Promise<readonly string[]> {
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables where table_schema = 'runledger' and table_type = 'BASE TABLE'`.execute(db);
  const rows: string[] = [];
  for (const { name } of tables) {
    const { rows: found } = await sql<{ row: string }>`select to_jsonb(t)::text as row from runledger.${sql.ref(name)} as t`.execute(db);
    rows.push(...found.map(({ row }) => row));
  }
  return rows;
}
