import * as zlib from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadZstd, type ZlibZstdShape } from '../../../src/codecs/compression/zstd-compressor.js';
import { zstdContentSize } from '../../../src/codecs/compression/zstd-frame.js';

describe('the content size of a Zstandard frame', () => {
  it.each([1, 255, 256, 300, 65_535 + 256, 65_536 + 256, 1_000_000])('of %i bytes is read', async (size) => {
    const frame = Buffer.from((await loadZstd()).compressNow(Buffer.alloc(size)));
    expect(zstdContentSize(frame)).toBe(size);
  });

  it.each([
    ['no frame', '00112233445566'],
    ['nothing', ''],
    ['a frame that does not say', '28b52ffd00588d06'],
    ['a frame cut off inside the size', '28b52ffda0a086'],
  ])('of %s is not known', (_, hex) => {
    expect(zstdContentSize(Buffer.from(hex, 'hex'))).toBeUndefined();
  });

  it('of 8 bytes is read', () => {
    expect(zstdContentSize(Buffer.from('28b52ffde00000000001000000', 'hex'))).toBe(2 ** 32);
  });
});

describe("the zstd of Node.js itself, where it is (stood in for by gzip's functions)", () => {
  it('is preferred to the package, told the size, and held to the length', async () => {
    const seen: object[] = [];
    const node: ZlibZstdShape = {
      zstdCompressSync: (data, options) => {
        seen.push(options);
        return zlib.gzipSync(data);
      },
      zstdDecompressSync: (data) => zlib.gunzipSync(data),
      zstdCompress: (data, _options, done) => zlib.gzip(data, done),
      zstdDecompress: (data, _options, done) => zlib.gunzip(data, done),
    };
    const compressor = loadZstd(node);
    if (compressor instanceof Promise) throw new Error('The package was loaded.');
    expect(() => compressor.decompressNow(Buffer.from(compressor.compressNow(Buffer.alloc(9))), 9)).toThrow(/length/);
    expect(seen).toEqual([{ pledgedSrcSize: 9 }]);
  });
});
