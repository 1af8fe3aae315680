import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interpolate } from '../../../src/cli/settings/interpolate.ts';
import { PROPERTY } from '../property.ts';

const text = (value: string) => ({ kind: 'text', text: value });

describe('environment variables in a setting', () => {
  it('take the place of their references', () => {
    expect(interpolate('https://${HOST}:${PORT}/x', { HOST: 'a.example', PORT: '443' })).toEqual(text('https://a.example:443/x'));
  });

  it('fall back to a default where they are unset or empty', () => {
    expect(interpolate('${A:-one} ${B:-two} ${C:-three}', { B: '', C: 'set' })).toEqual(text('one two set'));
  });

  it('may have an empty default, and one with a colon, a dash or a dollar sign in it', () => {
    expect(interpolate('[${A:-}] ${B:-http://x:-y$1}', {})).toEqual(text('[] http://x:-y$1'));
  });

  it('are told apart from a doubled dollar sign and from a lone one', () => {
    expect(interpolate('$$ $${HOME} pa$word $', { HOME: '/root' })).toEqual(text('$ ${HOME} pa$word $'));
  });

  it('are told by name where they are unset', () => {
    expect(interpolate('${FIRST} ${SECOND}', {})).toEqual({ kind: 'unset', variable: 'FIRST' });
  });

  it('may be set and empty', () => {
    expect(interpolate('[${A}]', { A: '' })).toEqual(text('[]'));
  });

  it.each(['${', '${}', '${A', '${A B}', '${1A}', '${A:default}', '${A:-${B}'])('are not written %s', (written) => {
    const found = interpolate(written, { A: 'a', B: 'b' });
    expect(written === '${A:-${B}' ? found : found.kind).toEqual(written === '${A:-${B}' ? text('a') : 'malformed');
  });

  it('are never read again once they are put in', () => {
    expect(interpolate('${A}', { A: '${B} $$ $&', B: 'b' })).toEqual(text('${B} $$ $&'));
  });

  it('come out as they went in, whatever they hold', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }).map((s) => s.replaceAll('$', '')),
        (value, around) => {
          expect(interpolate(`${around}\${V}${around}`, { V: value })).toEqual(text(`${around}${value}${around}`));
        },
      ),
      PROPERTY,
    );
  });
});
