import { once } from 'node:events';
import { pino } from 'pino';
import { migrate } from '../../src/db/migrate.ts';
import { openLedger } from '../../src/db/open-ledger.ts';

/** Run as a process of its own: migrates a Postgres once told to on stdin, and says what it applied. */
const [, , url = ''] = process.argv;
const log = pino({ level: 'silent' });
const ledger = await openLedger({ database: { kind: 'postgres', url }, mode: 'write', log });
process.stdout.write('ready\n');
await once(process.stdin, 'data');
process.stdin.destroy();
const { applied } = await migrate(ledger, { log });
await ledger.close();
process.stdout.write(`${JSON.stringify(applied)}\n`);
