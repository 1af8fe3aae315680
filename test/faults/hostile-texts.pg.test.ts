import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { captureIo } from '../cli/captured-io.ts';
import { freshFolder } from '../cli/folder.ts';
import { freshLedger } from '../support/ledger.ts';
import { give, listOf, runText, startHostileSource } from './hostile-source.ts';

/** Colours, a link that leads elsewhere, a text for the clipboard, a bell, the same in one byte each, and marks that turn the line round. */
const EVIL =
  'a\u001b[31mb\u001b]8;;http://evil.example\u0007c\u001b]8;;\u001b\\d\u001b]52;c;ZXZpbA==\u0007e\u009b2Jf\u009d0;g\u009c\u0090h\r\b\u007fi\u202ej\u2066k\u200fl\u2028m\u061c';

/** Whatever a terminal obeys, but the ends of lines. */
// eslint-disable-next-line no-control-regex
const OBEYED = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

const DEEP = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`;
const ODD = `run ${EVIL}`;
const BROKEN = `document ${EVIL}`;
const RUNS = [
  runText(1, { group_id: EVIL, workflow: { id: 'w', name: EVIL, type: EVIL }, source: EVIL }),
  runText(2, { group_id: EVIL, input: 'RAW' }, DEEP),
  runText(3, { group_id: EVIL, id: ODD, status: EVIL }),
];
const DOCUMENT = JSON.stringify({ id: BROKEN, status: 'error', run_id: EVIL, error: `broke ${EVIL}` });

/** A database and a source that calls everything so; the command is run in this process, with its output kept. */
async function start() {
  let isRefusing = false;
  const source = await startHostileSource(({ path }) => {
    if (isRefusing) return give(JSON.stringify({ detail: `no ${EVIL}` }), { status: 403 });
    if (path === '/v1/knowledge-bases') return give(listOf([JSON.stringify({ id: `kb ${EVIL}`, name: EVIL })]));
    if (path === '/v1/runs') return give(listOf(RUNS));
    if (path.endsWith('/documents/error')) return give(listOf([DOCUMENT]));
    if (path.includes('/document/')) return give(DOCUMENT);
    return path.endsWith('/runs') ? give('[]') : null;
  });
  onTestFinished(source.close);
  const { target } = await freshLedger('postgres');
  const cwd = freshFolder();
  writeFileSync(
    join(cwd, 'runledger.yaml'),
    'connections: { noxus: { connector: noxus, payloads: full, requests: { per_second: 1000 } } }',
  );
  const env = {
    TERM: 'dumb',
    DATABASE_URL: target.kind === 'postgres' ? (target.url ?? '') : '',
    NOXUS_BASE_URL: source.url,
    NOXUS_API_KEY: 'a-key-of-noxus',
  };

  /** @returns what it printed, which no terminal would obey: the log is for people there, and JSON elsewhere */
  const run = async (args: readonly string[], { isTerminal = false } = {}): Promise<string> => {
    const io = captureIo({ cwd, env, isTerminal });
    const code = await main([...args, '--log-level', 'trace'], io);
    expect(code, io.out() + io.err()).toBeLessThanOrEqual(1);
    expect(OBEYED.exec(io.out() + io.err())?.[0], args.join(' ')).toBeUndefined();
    return io.out();
  };
  return {
    run,
    refuse: () => {
      isRefusing = true;
    },
  };
}

it('what a source calls its records reaches no terminal as it is, is exact in JSON, and 10,000 levels of it end no command', async () => {
  const { run, refuse } = await start();
  for (const isTerminal of [true, false]) expect(await run(['sync', '--dry-run'], { isTerminal })).toContain('discovered');
  expect(await run(['sync'])).toContain('noxus runs: 3 new');

  const odd = ['history', ODD, '--explain'];
  const broken = ['history', BROKEN, '--explain'];
  const list = ['as-of', '2100-01-01', '--list'];
  const query = ['query', 'select record_id, source_status, workflow_name, error from runledger.all_records'];
  for (const isTerminal of [true, false]) {
    expect(await run(odd, { isTerminal })).toContain('a\\u001b[31mb\\u001b]8;;http://evil.example');
    expect(await run(broken, { isTerminal })).toMatch(/broke\s+a\\u001b\[31mb\\u001b]8;;http:\/\/evil\.example/);
    await run(['report', '--by', 'workflow', '--since', '7300d'], { isTerminal });
    await run(list, { isTerminal });
    await run(query, { isTerminal });
    expect(await run(['verify'], { isTerminal })).toMatch(/^the ledger holds/m);
  }
  expect(await run(['history', '11111111-1111-4111-8111-000000000002', '--explain'])).toContain('too deep');
  for (const args of [odd, broken, list, query]) {
    const json = JSON.stringify(JSON.parse(await run([...args, '--json'])));
    expect(json).toContain(JSON.stringify(EVIL).slice(1, -1));
  }

  refuse();
  for (const isTerminal of [true, false]) {
    expect(await run(['sync'], { isTerminal })).toContain('answered 403: "no a');
    expect(await run(['status'], { isTerminal })).toContain('answered 403: "no a');
  }
});
