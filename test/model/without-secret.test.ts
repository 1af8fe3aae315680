import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { withoutSecret, withoutSecretInJson } from '../../src/model/without-secret.ts';
import { propertyRuns } from '../support/property-runs.ts';

const KEY = 'sk-a/b"c+d-0123';
const QUOTED = JSON.stringify(KEY).slice(1, -1);

describe('a key in a message', () => {
  test.each([
    ['as it is', KEY],
    ['in JSON', QUOTED],
    ['in JSON of a writer that escapes slashes', QUOTED.replaceAll('/', '\\/')],
    ['in a URL', encodeURIComponent(KEY)],
    ['in a host name, which has no capitals', 'SK-A/B"C+D-0123'],
  ])('is taken out %s', (_name, echo) => {
    expect(withoutSecret(`key ${echo}.`, KEY)).toBe('key [api key].');
  });

  test('is not looked for where it has three letters', () => {
    expect(withoutSecret('a cat', 'cat')).toBe('a cat');
  });
});

describe('a key in what a source says of its records', () => {
  const escaped = (text: string): string =>
    Array.from(text, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`).join('');

  test.each([
    ['as JSON writes it', QUOTED],
    ['with its slashes escaped', QUOTED.replaceAll('/', '\\/')],
    ['with all of its letters escaped', escaped(KEY)],
    ['with its letters escaped in capitals', escaped(KEY).replaceAll(/[a-f](?=[0-9a-f]*\\|$)/g, (hex) => hex.toUpperCase())],
    ['with only its plus escaped, as some writers do', QUOTED.replace('+', '\\u002b')],
    ['in JSON in a text of JSON', JSON.stringify(QUOTED).slice(1, -1)],
    ['in such JSON with its slashes escaped', JSON.stringify(QUOTED.replaceAll('/', '\\/')).slice(1, -1)],
    ['in such JSON with its plus escaped', JSON.stringify(QUOTED.replace('+', '\\u002b')).slice(1, -1)],
    ['in a URL', encodeURIComponent(KEY)],
    ['in a URL in small letters', encodeURIComponent(KEY).replaceAll(/%../g, (hex) => hex.toLowerCase())],
  ])('is taken out %s', (_name, echo) => {
    const json = withoutSecretInJson(`{"error":"key ${echo} is wrong"}`, KEY);
    expect(JSON.parse(json)).toEqual({ error: 'key [api key] is wrong' });
  });

  test('takes nothing along that stands in front of it', () => {
    expect(JSON.parse(withoutSecretInJson(JSON.stringify({ a: `C:\\${KEY}`, b: `x\n${KEY}` }), KEY))).toEqual({
      a: 'C:\\[api key]',
      b: 'x\n[api key]',
    });
  });

  test('is looked for in a text of nothing but backslashes without taking for ever', () => {
    const json = `"${KEY.slice(0, 6)}${'\\'.repeat(2_000_000)}"`;
    expect(withoutSecretInJson(json, KEY)).toBe(json);
  });

  test('is left where it is a word', () => {
    expect(withoutSecretInJson('{"status":"completed"}', 'completed')).toBe('{"status":"completed"}');
  });

  test('is in no value of it, however each letter is written, and nothing else is changed', () => {
    const spelled = fc
      .array(fc.boolean(), { minLength: KEY.length, maxLength: KEY.length })
      .map((isEscaped) =>
        Array.from(KEY, (letter, at) => (isEscaped[at] === true ? escaped(letter) : JSON.stringify(letter).slice(1, -1))).join(''),
      );
    fc.assert(
      fc.property(spelled, fc.jsonValue(), (echo, value) => {
        const json = JSON.stringify(value);
        expect(withoutSecretInJson(`{"echo":"x${echo}y","value":${json}}`, KEY)).toBe(`{"echo":"x[api key]y","value":${json}}`);
      }),
      propertyRuns(200),
    );
  });
});
