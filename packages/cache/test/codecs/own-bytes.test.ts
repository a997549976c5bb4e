import { describe, expect, it } from 'vitest';
import { ownBytes } from '../../src/codecs/own-bytes.js';

describe('bytes that are kept', () => {
  it('leave a pool behind that is larger than they are', () => {
    const pooled = Buffer.from(new ArrayBuffer(8_192), 100, 50).fill('x');
    const kept = ownBytes(pooled) as Buffer;
    expect(kept.equals(pooled)).toBe(true);
    expect(Buffer.isBuffer(kept)).toBe(true);
    expect(kept.buffer.byteLength).toBe(50);
  });

  it('stay what they are: a Uint8Array does not become a Buffer', () => {
    const kept = ownBytes(new Uint8Array(new ArrayBuffer(8_192), 100, 50).fill(7)) as Uint8Array;
    expect(Buffer.isBuffer(kept)).toBe(false);
    expect(kept).toEqual(new Uint8Array(50).fill(7));
  });

  it('are not copied where they are most of what they keep alive, nor is anything else', () => {
    const most = new Uint8Array(new ArrayBuffer(100), 0, 60);
    for (const value of [most, new Uint8Array(10), 'text', 1, null, { a: 1 }]) expect(ownBytes(value)).toBe(value);
  });
});
