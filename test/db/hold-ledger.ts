import { sql } from 'kysely';
import { pino } from 'pino';
import { migrate } from '../../src/db/migrate.ts';
import { openLedger } from '../../src/db/open-ledger.ts';

/** Run as a process of its own: opens the embedded ledger in a folder, writes for ever, and says after each commit how far it is. */
const [, , path = ''] = process.argv;
const log = pino({ level: 'silent' });
const ledger = await openLedger({ database: { kind: 'embedded', path }, mode: 'write', log });
await migrate(ledger, { log });
for (let i = 1; ; i += 1) {
  await sql`insert into runledger.workflows (connection, workflow_id, name, seen_at) values ('c', ${String(i)}, repeat('x', 5000), now())`.execute(
    ledger.db,
  );
  process.stdout.write(`${i}\n`);
}
