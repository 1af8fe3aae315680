import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Ledger } from '../db/open-ledger.ts';
import { RunledgerError } from '../model/errors.ts';
import { migrateLedger } from '../sync/migrate-ledger.ts';
import type { CommandContext } from './command-context.ts';
import type { Session } from './ledger-session.ts';
import { withLedger } from './ledger-session.ts';

/**
 * The ledger, opened so that nothing can be written to it. Where there is none yet, an empty one in a temporary folder takes its place:
 * the first question of a new user is what a sync would do, and asking must not create the ledger.
 */
export async function withDryLedger<T>(context: CommandContext, session: Session, work: (ledger: Ledger) => Promise<T>): Promise<T> {
  try {
    return await withLedger(context, session, 'read', work);
  } catch (error) {
    if (!(error instanceof RunledgerError) || error.code !== 'no_ledger') throw error;
  }
  session.log.info('there is no ledger yet: compared with an empty one, which is temporary');
  // That it is made and migrated would read as if the ledger were.
  const log = session.log.child({}, { level: 'silent' });
  const folder = await mkdtemp(join(tmpdir(), 'runledger-dry-run-'));
  const database = { target: { kind: 'embedded', path: join(folder, 'ledger') } as const, origin: 'dry run' };
  try {
    return await withLedger(context, { settings: { ...session.settings, database }, log }, 'write', async (ledger) => {
      await migrateLedger(ledger, { log });
      return work(ledger);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
