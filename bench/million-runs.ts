import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';

/**
 * What a sync costs where very much is known: `DATABASE_URL=postgres://… node bench/million-runs.ts [--runs 1000000]`, on an empty database. It prints, for
 * the first sync, for one of 50 new runs, for one after a day, for a full scan and for one that finds a deleted run, the requests, the time and the
 * peak memory of the process.
 */
const { values } = parseArgs({ options: { runs: { type: 'string', default: '1000000' } } });
const runs = Number(values.runs);
const server = fork(join(import.meta.dirname, 'runs-server.ts'), [String(runs)]);
const [{ port }] = (await once(server, 'message')) as [{ port: number }];

async function tell(message: object): Promise<{ requests: readonly string[]; now: number }> {
  server.send(message);
  const [answer] = (await once(server, 'message')) as [{ requests: readonly string[]; now: number }];
  return answer;
}

async function measure(title: string, now: number, mode?: '--full'): Promise<void> {
  const script = join(import.meta.dirname, 'sync-once.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [
    script,
    `http://127.0.0.1:${port}`,
    String(now),
    ...(mode === undefined ? [] : [mode]),
  ]);
  const { requests } = await tell({});
  const lists = requests.filter((request) => request.startsWith('/v1/runs?')).length;
  const rounded = JSON.stringify(JSON.parse(stdout), (_, value: unknown) =>
    typeof value === 'number' ? Math.round(value * 100) / 100 : value,
  );
  process.stdout.write(`${title}: ${lists} list pages; ${rounded}\n`);
}

const DAY = 86_400_000;
let { now } = await tell({});
await measure(`first sync of ${runs} runs`, now);
({ now } = await tell({ add: 50 }));
await measure('50 new ones', now);
({ now } = await tell({ add: 50 }));
await measure('50 new ones a day later: totals agree', now + 1.1 * DAY);
({ now } = await tell({ remove: Math.floor(runs / 7) }));
await measure('one deleted far back, two days later', now + 2.3 * DAY);
server.disconnect();
