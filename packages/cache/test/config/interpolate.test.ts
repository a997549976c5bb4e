import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { interpolate } from '../../src/config/interpolate.js';
import { variable as of, readYaml } from './config-file.js';

describe('a variable in a text', () => {
  const environment = { HOST: 'redis-1', EMPTY: '', PORT: '6380', NESTED: of('HOST'), _a1: 'x' };

  it.each([
    ['plain', 'plain'],
    ['', ''],
    ['$HOST {HOST} $', '$HOST {HOST} $'],
    [of('HOST'), 'redis-1'],
    [`redis://${of('HOST')}:${of('PORT:6379')}/0`, 'redis://redis-1:6380/0'],
    [of('NONE:localhost'), 'localhost'],
    [of('NONE:'), ''],
    [of('NONE:redis://a:1/0'), 'redis://a:1/0'],
    [of('_a1'), 'x'],
    // Set, though to nothing: what a default is for is a variable that is not there.
    [of('EMPTY:default'), ''],
    [`$${of('HOST')}`, of('HOST')],
    [`a$${of('HOST')}b${of('HOST')}`, `a${of('HOST')}bredis-1`],
    // What a variable holds is not looked at again.
    [of('NESTED'), of('HOST')],
  ])('%s', (text, result) => {
    expect(interpolate(text, environment)).toMatchObject({ text: result });
  });

  it.each([
    [of('NONE'), 'needs the environment variable NONE, which is not set'],
    [of('constructor'), 'needs the environment variable constructor, which is not set'],
    [of('NONE:-x'), 'has a default that begins with a hyphen'],
    [of(''), `has ${of('…')} without the name of a variable`],
    [of('1A'), `has ${of('…')} without the name of a variable`],
    [of('A B'), `has ${of('…')} without the name of a variable`],
    [of('HOST').slice(0, -1), `has $\{ without }`],
    [of(`NONE:${of('HOST')}`), `has $\{ within ${of('…')}: a default is plain text`],
  ])('%s is refused', (text, reason) => {
    expect(interpolate(text, environment)).toMatchObject({ reason });
  });

  it('is marked where it was put in, for it may be secret; a default is not', () => {
    expect(interpolate(of('HOST'), environment)).toMatchObject({ isInterpolated: true });
    expect(interpolate(of('NONE:a'), environment)).toMatchObject({ isInterpolated: false });
  });
});

describe('whatever a variable holds', () => {
  it('it comes out as it is, between what is around it', () => {
    const around = fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('$'));
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), around, around, (value, before, after) => {
        expect(interpolate(`${before}${of('V')}${after}`, { V: value })).toEqual({
          text: `${before}${value}${after}`,
          isInterpolated: true,
        });
      }),
    );
  });

  it('it adds no name, line or structure to a file', async () => {
    const value = fc.oneof(
      fc.constantFrom(
        'x\nttl: 1d',
        'x"\nttl: 1d',
        "x'}\nttl: 1d",
        '{a: b}',
        '[a]',
        '*a',
        '&a b',
        '!t x',
        '# x',
        'x: y',
        '~',
      ),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
    );
    await fc.assert(
      fc.asyncProperty(value, async (text) => {
        const config = readYaml(`namespace: ${of('V')}`, { V: text });
        if (/\p{Cc}/u.test(text)) await expect(config).rejects.toMatchObject({ code: 'LARDER_INVALID_CONFIG' });
        else expect((await config).options).toMatchObject({ namespace: text });
        if (!/\p{Cc}/u.test(text)) expect((await config).options.ttl).toBeUndefined();
      }),
      { numRuns: 100 },
    );
  });
});
