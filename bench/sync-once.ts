import { setFlagsFromString } from 'node:v8';
import { pino } from 'pino';
import { defineConnection, migrateLedger, noxus, openLedger, sync } from '../src/index.ts';
import { instantFromMillis } from '../src/model/instant.ts';

/** One sync in a process of its own, so that its memory is its own: `node sync-once.ts <url of the source> <now in ms> [--full]`. */
// As the command does.
setFlagsFromString('--semi-space-growth-factor=1');
setFlagsFromString('--heap-growing-percent=50');

const [baseUrl = '', now = '', mode] = process.argv.slice(2);
const log = pino({ level: process.env['LOG_LEVEL'] ?? 'silent' }, pino.destination(2));
const ledger = await openLedger({ database: { kind: 'postgres', url: process.env['DATABASE_URL'] ?? '' }, mode: 'write', log });
await migrateLedger(ledger, { log });
const settings = defineConnection({
  connector: noxus,
  name: 'noxus',
  apiKey: 'a-key',
  baseUrl,
  streams: ['runs'],
  requests: { perSecond: Infinity, concurrency: 4 },
});
const started = performance.now();
const clock = instantFromMillis(Number(now));
const result = await sync(ledger, { connections: [settings], full: mode === '--full', now: () => clock, log });
const [stream] = result.streams;
process.stdout.write(
  JSON.stringify({
    seconds: (performance.now() - started) / 1_000,
    cpuSeconds: process.cpuUsage().user / 1e6,
    peakMegabytes: process.resourceUsage().maxRSS / 1024,
    status: stream?.status,
    mode: stream?.mode,
    isComplete: stream?.is_complete,
    hasProof: stream?.has_absence_proof,
    requests: stream?.request_count,
    appended: stream?.appended_count,
    error: stream?.error?.message,
  }),
);
await ledger.close();
