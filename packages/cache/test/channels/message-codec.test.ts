import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MessageCodec } from '../../src/channels/message-codec.js';
import { layersOf, secretOf } from '../codecs/layers.js';

const plain = new MessageCodec(layersOf({}));
const sealing = new MessageCodec(layersOf({ keys: [secretOf('a', 1)] }));

describe('a message on the bus', () => {
  it('is authentic on the channel of its namespace alone, where it is encrypted', () => {
    const bytes = sealing.encode('buy', '@:orders');
    expect(sealing.decode(bytes, '@:orders')).toMatchObject({ ok: true, message: 'buy' });
    expect(sealing.decode(bytes, '@:refunds')).toEqual({ ok: false });
    expect(sealing.decode(bytes, '@4:shop:orders')).toEqual({ ok: false });
    // What stands in the store under such a key is no message either.
    expect(sealing.decode(bytes, ':orders')).toEqual({ ok: false });
    expect(plain.decode(bytes, '@:orders')).toEqual({ ok: false });
  });

  it('is not looked into where it is compressed: to read it would take its turn from others', () => {
    const layers = layersOf({ codec: 'gzip' });
    const bytes = new MessageCodec(layers).encode('x'.repeat(10_000), '@:k');
    expect(bytes.length).toBeLessThan(1_000);
    expect(new MessageCodec(layers).decode(bytes, '@:k')).toEqual({ ok: false });
  });

  it.each([
    ['plain', plain],
    ['encrypted', sealing],
  ])('of any bytes never throws: %s', (_, codec) => {
    const good = codec.encode({ a: [1, new Date(0)] }, '@:k');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(good.length - 1), fc.nat(255), (junk, at, byte) => {
        codec.decode(junk, '@:k');
        const damaged = Uint8Array.from(good);
        damaged[at] = byte;
        const read = codec.decode(damaged, '@:k');
        if (codec === sealing && byte !== good[at]) expect(read.ok).toBe(false);
      }),
    );
  });
});
