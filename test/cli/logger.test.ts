import { describe, expect, it } from 'vitest';
import { createLogger } from '../../src/cli/logger.ts';
import { captureIo } from './captured-io.ts';

describe('the log', () => {
  it('is a JSON document a line where there is no terminal, from info on', () => {
    const io = captureIo();
    const log = createLogger(io, { level: null, isQuiet: false });
    log.debug('not this');
    log.info({ stream: 'runs', page: 3 }, 'page recorded');
    expect(JSON.parse(io.err())).toMatchObject({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/) as unknown,
      stream: 'runs',
      page: 3,
      msg: 'page recorded',
    });
  });

  it('is for reading on a terminal, where only warnings disturb', () => {
    const io = captureIo({ isTerminal: true, env: { NO_COLOR: '1' } });
    const log = createLogger(io, { level: null, isQuiet: false });
    log.info('not this');
    log.warn({ page: 3 }, 'item rejected');
    expect(io.err()).toMatch(/^\[\d\d:\d\d:\d\d\] WARN: item rejected \{"page":3\}\n$/);
  });

  it('has colours only where they are wanted', () => {
    const colored = captureIo({ isTerminal: true });
    createLogger(colored, { level: null, isQuiet: false }).warn('x');
    expect(colored.err()).toContain('\u001b[');
  });

  it('keeps quiet about all but errors when asked to, and a level that was asked for wins', () => {
    const io = captureIo();
    createLogger(io, { level: null, isQuiet: true }).warn('not this');
    expect(io.err()).toBe('');
    createLogger(io, { level: 'debug', isQuiet: true }).debug('this');
    expect(io.err()).toContain('this');
  });

  it('lets no text of a source steer the terminal', () => {
    const io = captureIo({ isTerminal: true, env: { NO_COLOR: '1' } });
    createLogger(io, { level: null, isQuiet: false }).warn({ name: '\u001b[2J \\u001b \u009b' }, 'odd \u001b]0;x\u0007');
    expect(io.err().replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    expect(io.err()).toContain('odd \\u001b]0;x\\u0007');
  });

  it('lets none either where it is JSON, which says all the same what it said', () => {
    const io = captureIo();
    const odd = '\u001b[2J \u009b2J \u202e \u2066 \u200f \u2028 \u007f';
    createLogger(io, { level: null, isQuiet: false }).warn({ name: odd }, 'odd');
    expect(io.err().replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
    expect(JSON.parse(io.err())).toMatchObject({ name: odd, msg: 'odd' });
  });

  it('shows no password of a URL, whoever quotes it', () => {
    for (const isTerminal of [true, false]) {
      const io = captureIo({ isTerminal, env: { NO_COLOR: '1' } });
      createLogger(io, { level: null, isQuiet: false }).warn({ err: new Error('no way to postgres://me:hunter2@db/x') }, 'lost');
      expect(io.err()).toContain('postgres://me:[password]@db/x');
      expect(io.err()).not.toContain('hunter2');
    }
  });

  it('is lines of JSON also where somebody quotes a password in quotation marks', () => {
    const io = captureIo();
    createLogger(io, { level: null, isQuiet: false }).warn(
      { said: 'a "password"' },
      'answered 400: {"detail":"bad password=\\"hunter2\\" for you"}',
    );
    expect(JSON.parse(io.err())).toMatchObject({ said: 'a "password"', msg: expect.stringContaining('for you') as unknown });
    expect(io.err()).not.toContain('hunter2');
  });

  it('shows no key, should one ever be logged', () => {
    const io = captureIo();
    createLogger(io, { level: null, isQuiet: false }).info({
      settings: { apiKey: 'sk-1' },
      apiKey: 'sk-2',
      request: { headers: { 'x-api-key': 'sk-3' } },
    });
    expect(io.err()).not.toContain('sk-');
  });
});
