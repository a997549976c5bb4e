import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { MetaReply } from '../../../src/stores/memcached/meta-replies.js';
import { GarbledReply, ReplyParser } from '../../../src/stores/memcached/reply-parser.js';

function parse(pieces: readonly Buffer[]): MetaReply[] {
  const replies: MetaReply[] = [];
  const parser = new ReplyParser((reply) => replies.push(reply));
  for (const piece of pieces) parser.feed(piece);
  return replies;
}

const flags = fc.constantFrom('', 'O1', 'O1 c12', 'O1 c12 f0 t-1 W', 'O1 X Z');
const line = fc.record({
  code: fc.constantFrom('HD', 'EN', 'NS', 'EX', 'NF', 'MN', 'ERROR', 'CLIENT_ERROR', 'SERVER_ERROR', 'STORED'),
  rest: flags,
  value: fc.constant(undefined),
});
// Values that look like lines and ends of lines.
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.constantFrom('', '\r\n', 'EN\r\n', '\r', '\n', 'VA 3 \r\nabc\r\n').map((text) => Buffer.from(text)),
);
const value = fc.record({ code: fc.constant('VA'), rest: flags, value: bytes });

function written(reply: { code: string; rest: string; value: Uint8Array | undefined }): Buffer {
  const words = [reply.code, ...(reply.value ? [reply.value.length] : []), ...(reply.rest ? [reply.rest] : [])];
  const head = Buffer.from(`${words.join(' ')}\r\n`);
  return reply.value === undefined ? head : Buffer.concat([head, reply.value, Buffer.from('\r\n')]);
}

/** Cuts at random places: `cuts` are lengths of pieces. */
function cut(all: Buffer, cuts: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (let turn = 0; at < all.length; turn += 1) {
    const length = cuts[turn % cuts.length] as number;
    // A copy, that is overwritten later: nothing may be held of it.
    pieces.push(Buffer.from(all.subarray(at, at + length)));
    at += length;
  }
  return pieces;
}

const comparable = (reply: { code: string; rest: string; value: Uint8Array | undefined }) => ({
  ...reply,
  value: reply.value && Buffer.from(reply.value).toString('hex'),
});

describe('replies', () => {
  it('are the same in whatever pieces they come', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(fc.oneof(line, value), { maxLength: 12 }), cuts, (replies, lengths) => {
        const pieces = cut(Buffer.concat(replies.map(written)), lengths);
        const received: MetaReply[] = [];
        const parser = new ReplyParser((reply) => received.push(reply));
        for (const piece of pieces) {
          parser.feed(piece);
          piece.fill(0xff);
        }
        expect(received.map(comparable)).toEqual(replies.map(comparable));
      }),
      { numRuns: 500 },
    );
  });

  it('end in GarbledReply, or are replies, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 6 }), (pieces) => {
        try {
          parse(pieces.map((piece) => Buffer.from(piece)));
        } catch (error) {
          expect(error).toBeInstanceOf(GarbledReply);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a code that there is not', 'XX 1\r\n'],
    ['a line without its return', 'HD O1\n'],
    ['a value without a length', 'VA O1\r\n'],
    ['a value of a negative length', 'VA -1 O1\r\n'],
    ['a value of four gigabytes', 'VA 4294967296 O1\r\n'],
    ['a value that goes on behind its length', 'VA 1 O1\r\nabc\r\n'],
    ['a line without an end', 'HD '.padEnd(3000, 'x')],
    ['another protocol', 'HTTP/1.1 400 Bad Request\r\n'],
  ])('are garbled by %s', (_, text) => {
    expect(() => parse([Buffer.from(text)])).toThrow(GarbledReply);
    expect(() => parse([...Buffer.from(text)].map((byte) => Buffer.of(byte)))).toThrow(GarbledReply);
  });

  it('of a megabyte are put together from small pieces in linear time', () => {
    const large = Buffer.alloc(1_000_000, 'x');
    const [reply] = parse(cut(written({ code: 'VA', rest: 'O1', value: large }), [100]));
    expect(reply?.value?.equals(large)).toBe(true);
  });
});

describe('the figures of a server', () => {
  it('are one reply with the time, however they come in pieces', () => {
    const figures = Buffer.from('STAT pid 7\r\nSTAT time 1792000000\r\nSTAT time_x 5\r\nEND\r\nMN\r\n');
    for (let size = 1; size < figures.length; size++) {
      expect(parse(cut(figures, [size]))).toEqual([
        { code: 'END', rest: '1792000000', value: undefined },
        { code: 'MN', rest: '', value: undefined },
      ]);
    }
  });

  it('have no time where the server tells none', () => {
    expect(parse([Buffer.from('END\r\n')])).toEqual([{ code: 'END', rest: '', value: undefined }]);
  });
});
