import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONNECTORS } from '../../../src/connectors/connectors.ts';
import { RunledgerError } from '../../../src/model/errors.ts';
import type { ParsedSettings } from '../../../src/cli/settings/parse-settings.ts';
import { parseSettings } from '../../../src/cli/settings/parse-settings.ts';
import { SETTINGS_TEMPLATE } from '../../../src/cli/settings/settings-template.ts';
import { PROPERTY } from '../property.ts';

const KEY = 'sk-very-secret-0123456789';

const DESIGN_EXAMPLE = `
database: \${DATABASE_URL}        # postgres://… | embedded | embedded:PATH (beside this file)
connections:
  noxus-main:
    connector: noxus
    base_url: https://backend.noxus.ai
    api_key: \${NOXUS_API_KEY}
    streams: [runs]
    payloads: redacted
    statuses: { timed_out: failed }   # the source's new words, until a release knows them
    requests: { concurrency: 4, per_second: 10, timeout: 30s, max_wait: 5m, max_bytes: 16MiB }
    overlap: 10m
    full_scan_every: 24h
    open_reads: 1000
    stuck_after: 24h
`;

interface Given {
  readonly env?: Record<string, string>;
  readonly parts?: 'all' | 'ledger';
}

function parse(text: string, { env = { NOXUS_API_KEY: KEY }, parts = 'all' }: Given = {}): ParsedSettings {
  return parseSettings(text, { file: 'runledger.yaml', env, parts, connectors: CONNECTORS });
}

function problem(text: string, given: Given = {}): string {
  try {
    parse(text, given);
  } catch (error) {
    if (error instanceof RunledgerError && error.code === 'bad_settings') return error.message;
    throw error;
  }
  throw new Error('these settings were accepted');
}

/** A connection with these lines added, the first of them on line 5. */
function connection(...lines: readonly string[]): string {
  return ['connections:', '  main:', '    connector: noxus', '    api_key: x', ...lines.map((line) => `    ${line}`)].join('\n');
}

describe('a settings file', () => {
  it('is read with durations in milliseconds and variables put in', () => {
    const settings = parse(DESIGN_EXAMPLE, { env: { NOXUS_API_KEY: KEY, DATABASE_URL: 'postgres://db.example/x' } });
    expect(settings.database).toBe('postgres://db.example/x');
    expect(settings.connections).toEqual([
      {
        name: 'noxus-main',
        connector: CONNECTORS['noxus'],
        baseUrl: 'https://backend.noxus.ai',
        apiKey: KEY,
        label: null,
        streams: ['runs'],
        payloads: 'redacted',
        statuses: { timed_out: 'failed' },
        requests: { concurrency: 4, perSecond: 10, timeoutMs: 30_000, maxWaitMs: 300_000, maxBytes: 16_777_216 },
        overlapMs: 600_000,
        fullScanEveryMs: 86_400_000,
        openReads: 1_000,
        stuckAfterMs: 86_400_000,
        allowHttp: false,
      },
    ]);
  });

  it('fills in what a connection leaves out, also from the variables of its connector', () => {
    const [only] = parse('connections: { a: { connector: noxus } }', {
      env: { NOXUS_API_KEY: KEY, NOXUS_BASE_URL: 'https://other.example/api/' },
    }).connections as NonNullable<ParsedSettings['connections']>;
    expect(only).toMatchObject({
      apiKey: KEY,
      baseUrl: 'https://other.example/api',
      openReads: 1_000,
      overlapMs: 600_000,
      stuckAfterMs: null,
    });
  });

  it('keeps what it says of a connection, whatever the variables of its connector are', () => {
    const text = 'connections: { a: { connector: noxus, api_key: own, base_url: "https://own.example" } }';
    const [only] = parse(text, { env: { NOXUS_API_KEY: KEY, NOXUS_BASE_URL: 'https://other.example' } }).connections ?? [];
    expect(only).toMatchObject({ apiKey: 'own', baseUrl: 'https://own.example' });
  });

  it('may be empty, or speak of the database alone', () => {
    const nothing = { database: null, connections: null, migrate: null, logLevel: null };
    expect(parse('')).toEqual(nothing);
    expect(parse('# later\n')).toEqual(nothing);
    expect(parse('database: embedded\nmigrate: manual\nlog_level: debug')).toEqual({
      database: 'embedded',
      connections: null,
      migrate: 'manual',
      logLevel: 'debug',
    });
  });

  it('may share a part between connections by an anchor', () => {
    const settings = parse(`connections:
  a: { connector: noxus, requests: &slow { per_second: 1 } }
  b: { connector: noxus, requests: *slow }`);
    expect(settings.connections?.map(({ requests }) => requests.perSecond)).toEqual([1, 1]);
  });

  it('takes a number also from a variable', () => {
    const text = connection('open_reads: ${READS}', 'allow_http: ${HTTP}', 'requests: { per_second: "${RATE:-2.5}" }');
    expect(parse(text, { env: { READS: '7', HTTP: 'true' } }).connections?.[0]).toMatchObject({
      openReads: 7,
      allowHttp: true,
      requests: { perSecond: 2.5 },
    });
  });

  it('as init writes it is accepted with a key set, and each key that it only shows is accepted too', () => {
    expect(parse(SETTINGS_TEMPLATE)).toMatchObject({ database: 'embedded', connections: [{ name: 'noxus', apiKey: KEY }] });
    const shown = SETTINGS_TEMPLATE.replaceAll(
      /^( *)# ((?:migrate|log_level|label|streams|payloads|statuses|requests|overlap|[a-z]+_[a-z_]+): .*)$/gm,
      '$1$2',
    );
    expect(shown.match(/^ *[a-z_]+:/gm)).toHaveLength(18);
    expect(parse(shown)).toMatchObject({
      migrate: 'auto',
      logLevel: 'info',
      connections: [{ label: 'Noxus, production', stuckAfterMs: 86_400_000 }],
    });
  });

  it('of which only the part about the ledger is wanted needs no key to be set', () => {
    const text = 'database: ${URL}\nconnections: { a: { connector: noxus, api_key: "${UNSET}", nonsense: 1 } }';
    expect(parse(text, { env: { URL: 'embedded' }, parts: 'ledger' })).toMatchObject({ database: 'embedded', connections: null });
    expect(problem(text, { env: {}, parts: 'ledger' })).toContain('URL is not set');
  });
});

describe('a wrong settings file', () => {
  it.each<[string, string, string]>([
    ['an unknown key', 'databse: embedded', 'runledger.yaml:1:1: unknown key "databse"; did you mean database?'],
    [
      'an unknown key of a connection',
      connection('stream: [runs]'),
      'runledger.yaml:5:5: unknown key "stream" in connections.main; did you mean streams?',
    ],
    [
      'an unknown key of requests',
      connection('requests: { concurency: 3 }'),
      'runledger.yaml:5:17: unknown key "concurency" in connections.main.requests; did you mean concurrency?',
    ],
    ['a key that resembles none', 'zzz: 1', 'runledger.yaml:1:1: unknown key "zzz"'],
    [
      'a bare number for a duration',
      connection('overlap: 30'),
      'runledger.yaml:5:14: connections.main.overlap must be a duration such as 500ms, 30s, 5m, 24h or 7d, found "30"',
    ],
    [
      'a word for a duration',
      connection('requests:', '  timeout: soon'),
      'runledger.yaml:6:16: connections.main.requests.timeout must be a duration such as 500ms, 30s, 5m, 24h or 7d, found "soon"',
    ],
    [
      'a timeout of nothing',
      connection('requests: { timeout: 0s }'),
      'runledger.yaml:5:26: connections.main.requests.timeout must be longer, found "0s"',
    ],
    [
      'a size whose unit could mean two things',
      connection('requests: { max_bytes: 8MB }'),
      'runledger.yaml:5:28: connections.main.requests.max_bytes must be a number of bytes such as 8MiB, 512KiB or 8388608, found "8MB"',
    ],
    [
      'a size that no page fits into',
      connection('requests: { max_bytes: 1000 }'),
      'runledger.yaml:5:28: connections.main.requests.max_bytes must be at least 64KiB, found "1000"',
    ],
    [
      'a size that no text can have',
      connection('requests: { max_bytes: 1000MiB }'),
      'runledger.yaml:5:28: connections.main.requests.max_bytes must be at most 256MiB, found "1000MiB"',
    ],
    [
      'a number out of bounds',
      connection('open_reads: 0'),
      'runledger.yaml:5:17: connections.main.open_reads must be a whole number from 1 to 1000000, found "0"',
    ],
    [
      'a stream that does not exist',
      connection('streams: [runs, run]'),
      'runledger.yaml:5:21: connections.main.streams.1 must be runs or documents, found "run"',
    ],
    [
      'a text where a list should be',
      connection('streams: runs'),
      'runledger.yaml:5:14: connections.main.streams must be a list of streams, such as [runs, documents], found "runs"',
    ],
    [
      'a status that does not exist',
      connection('statuses: { timed_out: broken }'),
      'runledger.yaml:5:28: connections.main.statuses.timed_out must be queued, running, succeeded, failed or cancelled, found "broken"',
    ],
    ['a mode of migration', 'migrate: never', 'runledger.yaml:1:10: migrate must be auto or manual, found "never"'],
    [
      'a level of logs',
      'log_level: loud',
      'runledger.yaml:1:12: log_level must be trace, debug, info, warn, error, fatal or silent, found "loud"',
    ],
    [
      'no connector',
      'connections:\n  main:\n    label: x',
      'runledger.yaml:3:5: connections.main.connector is missing: it must be the name of a connector',
    ],
    [
      'an unknown connector',
      'connections:\n  main:\n    connector: noxsu\n',
      'runledger.yaml:3:16: connections.main.connector must be noxus, morphik or knowledge_stack, found "noxsu"',
    ],
    [
      'a name that is none',
      'connections:\n  Noxus Main: { connector: noxus }',
      'runledger.yaml:2:3: "Noxus Main" is no name of a connection: lower-case letters, digits, _ and -, 63 at the most, a letter or digit first',
    ],
    ['a key left empty', connection('label:'), 'runledger.yaml:5:11: connections.main.label must be a text, found nothing'],
    [
      'a base URL with a password',
      connection('base_url: https://me:pw@x.example'),
      'runledger.yaml:5:15: connections.main.base_url holds a user name or password',
    ],
    [
      'a base URL without encryption',
      connection('base_url: http://x.example'),
      'runledger.yaml:5:15: connections.main.base_url is plain http to x.example',
    ],
    ['a list for the whole', '- a\n- b', 'runledger.yaml:1:1: the file must be a map of settings, found a list'],
    [
      'a connection that is a text',
      'connections:\n  main: noxus',
      'runledger.yaml:2:9: connections.main must be a map of settings, found a text',
    ],
  ])('with %s is refused with its place', (_what, text, expected) => {
    expect(problem(text)).toContain(expected);
  });

  it.each<[string, string, string]>([
    ['a key twice', 'migrate: auto\nmigrate: manual', 'runledger.yaml:2:1: this key stands twice in one map; leave one'],
    ['a tab', 'connections:\n\tmain: {}', 'runledger.yaml:2:1: a tab indents this line; YAML wants blanks'],
    ['an open quote', 'database: "postgres', 'runledger.yaml:1:20: a closing quote, bracket or comma is missing before here'],
    ['a variable in braces without quotes', connection('requests: { timeout: ${T} }'), 'a ${VARIABLE} inside { } or [ ] needs quotes'],
    ['two documents', 'migrate: auto\n---\nmigrate: auto', 'a second YAML document begins'],
    ['an alias of nothing', 'database: *x', 'runledger.yaml:1:1: its aliases (*name) lead nowhere'],
    ['a tag', 'database: !env X', 'runledger.yaml:1:11: an unknown tag'],
  ])('with %s, which YAML cannot read, is refused with its place', (_what, text, expected) => {
    expect(problem(text)).toContain(expected);
  });

  it('with an alias that multiplies without end is refused at once', () => {
    const levels = Array.from({ length: 9 }, (_, level) => `a${level + 1}: &a${level + 1} [${Array(10).fill(`*a${level}`).join(', ')}]`);
    expect(problem(['a0: &a0 [x]', ...levels].join('\n'))).toContain('multiply without end');
  });

  it('tells all of its problems at once, in the order of the file', () => {
    expect(problem(`log_level: loud\n${connection('overlap: 30', 'open_reads: many')}\nfoo: 1`).split('\n')).toEqual([
      '4 problems with the settings',
      expect.stringContaining('runledger.yaml:1:12: log_level'),
      expect.stringContaining('runledger.yaml:6:14: connections.main.overlap'),
      expect.stringContaining('runledger.yaml:7:17: connections.main.open_reads'),
      expect.stringContaining('runledger.yaml:8:1: unknown key "foo"'),
    ]);
  });

  it('names a variable that is not set, and its line', () => {
    expect(problem('database: embedded\nconnections:\n  a:\n    connector: noxus\n    api_key: ${NOXUS_KEY}\n')).toBe(
      'runledger.yaml:5:14: the environment variable NOXUS_KEY is not set; set it, or write ${NOXUS_KEY:-a default}',
    );
  });

  it('names the file that a key should have come from', () => {
    expect(problem('connections: { a: { connector: noxus } }', { env: { NOXUS_API_KEY_FILE: '/nowhere/key' } })).toContain(
      'connections.a.api_key cannot be read: NOXUS_API_KEY_FILE names /nowhere/key (ENOENT)',
    );
  });

  it('refuses a key that is set but empty', () => {
    expect(problem(connection().replace('api_key: x', 'api_key: ${E}'), { env: { E: '' } })).toContain(
      'connections.main.api_key must be an API key',
    );
    expect(problem(connection().replace('api_key: x', 'api_key: ${E}'), { env: { E: ' ' } })).toContain(
      'connections.main.api_key is missing',
    );
  });
});

describe('a secret', () => {
  it('with YAML syntax in it stays one text', () => {
    const key = 'a\'b"c#:{}[]&*!|>%@`,-?=~';
    expect(parse(connection().replace('api_key: x', 'api_key: ${K}'), { env: { K: key } }).connections?.[0]?.apiKey).toBe(key);
  });

  it('cannot become settings', () => {
    const evil = 'x\n    payloads: full\n    base_url: https://evil.example';
    expect(problem(connection().replace('api_key: x', 'api_key: ${K}'), { env: { K: evil } })).toContain('api_key holds blanks');
    const inLabel = parse(connection('label: ${K}'), { env: { K: evil } }).connections?.[0];
    expect(inLabel).toMatchObject({ label: evil, payloads: 'redacted', baseUrl: 'https://backend.noxus.ai' });
  });

  it('is in no message, wherever its variable stands', () => {
    const places = [
      'connector',
      'base_url',
      'streams',
      'payloads',
      'statuses',
      'requests',
      'overlap',
      'full_scan_every',
      'open_reads',
      'stuck_after',
    ];
    for (const place of [...places, 'nonsense']) {
      const text = `connections:\n  a:\n    ${place === 'connector' ? '' : 'connector: noxus\n    '}${place}: \${NOXUS_API_KEY}`;
      expect(problem(text), place).not.toContain(KEY);
    }
    for (const place of ['migrate', 'log_level', 'connections']) expect(problem(`${place}: \${NOXUS_API_KEY}`)).not.toContain(KEY);
  });

  it('is in no message where it slipped into another place', () => {
    const places = [
      'connections: K',
      'connections: { a: K }',
      'database: [K]',
      connection('requests: K'),
      connection('base_url: "https://x:K@y"'),
    ];
    for (const text of [...places, connection('base_url: K')]) expect(problem(text.replace('K', KEY)), text).not.toContain(KEY);
  });

  it('is in no message either where it was written into the file, however the file is broken', () => {
    fc.assert(
      fc.property(
        fc.nat(400),
        fc.constantFrom('"', "'", '{', '[', '\t', ': ', '\n', '*', '&', '!', '%', '- ', '| ', '#', ''),
        (place, damage) => {
          const whole = `database: postgres://u:${KEY}@db.example/x\n${connection('label: l', 'requests: { per_second: 1 }').replace('api_key: x', `api_key: ${KEY}`)}\n`;
          const at = place % whole.length;
          try {
            parse(`${whole.slice(0, at)}${damage}${whole.slice(at + 1)}`);
          } catch (error) {
            expect(error).toBeInstanceOf(RunledgerError);
            expect((error as RunledgerError).message).not.toContain(KEY.slice(3));
          }
        },
      ),
      PROPERTY,
    );
  });
});
