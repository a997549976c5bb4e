import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventStreamReader, type StreamEvent } from '../../../src/stores/remote/event-stream.js';

function read(text: string, cuts: readonly number[] = []): StreamEvent[] {
  const told: StreamEvent[] = [];
  const reader = new EventStreamReader((event) => told.push(event));
  const bytes = Buffer.from(text);
  let from = 0;
  for (const cut of [...cuts, bytes.length].sort((left, right) => left - right)) {
    reader.push(bytes.subarray(from, cut));
    from = cut;
  }
  return told;
}

const stream =
  ': hello\n\nid: 1\nevent: change\ndata: {"keys":["é😀"]}\n\ndata: one\ndata:two\r\n\r\nevent: lost\n\nevent: reset\ndata: {}\n\n';
const events = [
  { name: 'change', data: '{"keys":["é😀"]}' },
  { name: 'message', data: 'one\ntwo' },
  { name: 'reset', data: '{}' },
];

describe('a stream of events', () => {
  it('is taken apart', () => {
    expect(read(stream)).toEqual(events);
  });

  it('wherever its bytes are cut', () => {
    const cut = fc.integer({ min: 0, max: Buffer.byteLength(stream) });
    fc.assert(
      fc.property(fc.array(cut), (cuts) => {
        expect(read(stream, cuts)).toEqual(events);
      }),
    );
  });

  it('tells nothing of an event that did not end', () => {
    expect(read('data: half')).toEqual([]);
    expect(read('data: half\n')).toEqual([]);
  });
});
