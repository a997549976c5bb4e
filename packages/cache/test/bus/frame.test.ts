import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BusAction, bareFrame, isFrameOf, randomNode, writeHeader } from '../../src/bus/frame.js';
import { type FrameHeader, HEADER_BYTES, LONGEST_FRAME } from '../../src/bus/frame-layout.js';
import { readFrame } from '../../src/bus/frame-reader.js';
import { FrameWriter, longestMessage } from '../../src/bus/frame-writer.js';
import { longestKey } from '../../src/keys/check-key.js';
import { framesOf, headed } from './frames.js';

const header: FrameHeader = {
  node: '\u0000\u0001\u007f\u0080\u00ffabc',
  isBye: false,
  epoch: 3,
  heartbeat: 1_000,
  sequence: 7,
  clock: 1_767_225_600_000.5,
};
const everything = () => true;
const read = (frame: Uint8Array) => readFrame(frame, everything);

const name = fc.string({ unit: 'grapheme', maxLength: 20 });
const time = fc.double({ min: 0, max: 8.64e15, noNaN: true });
const names = fc.array(name, { minLength: 1, maxLength: 5 });
const anyAction: fc.Arbitrary<BusAction> = fc.oneof(
  fc.record({ kind: fc.constantFrom('changed', 'filled', 'released'), namespace: name, names }),
  fc.record({ kind: fc.constant('tags-invalidated'), namespace: name, tags: names, time, remove: fc.boolean() }),
  fc.record({ kind: fc.constant('cleared'), namespace: name, time }),
  fc.record({ kind: fc.constant('message'), namespace: name, channel: name, message: fc.uint8Array() }),
) as fc.Arbitrary<BusAction>;
const anyHeader: fc.Arbitrary<FrameHeader> = fc.record({
  node: fc.constant(0).map(randomNode),
  isBye: fc.boolean(),
  epoch: fc.nat(0xffff_ffff),
  heartbeat: fc.integer({ min: 1, max: 0xffff_ffff }),
  sequence: fc.maxSafeNat(),
  clock: time,
});

describe('a frame', () => {
  it('comes back as it was written', () => {
    const property = fc.property(anyHeader, fc.array(anyAction, { maxLength: 8 }), (given, actions) => {
      const [frame] = actions.length === 0 ? [bareFrame()] : framesOf(actions);
      if (frame === undefined) throw new Error('Nothing was written.');
      writeHeader(frame, given);
      expect(read(frame)).toEqual({ ok: true, header: given, actions, tellsMore: false });
      expect(isFrameOf(given.node, frame)).toBe(true);
      expect(isFrameOf(randomNode(), frame)).toBe(false);
    });
    fc.assert(property, { numRuns: 2_000 });
  });

  it('shares no memory with what is read from it', () => {
    const message = Uint8Array.of(1, 2, 3);
    const frame = headed(framesOf([{ kind: 'message', namespace: ':', channel: 'c', message }])[0], header);
    const result = read(frame);
    frame.fill(0xff);
    expect(result).toMatchObject({ actions: [{ message: Uint8Array.of(1, 2, 3) }] });
  });

  it('is read in part where only some namespaces are wanted', () => {
    const actions: BusAction[] = [
      { kind: 'cleared', namespace: '1:a:', time: 1 },
      { kind: 'changed', namespace: '1:b:', names: ['k'] },
    ];
    const result = readFrame(headed(framesOf(actions)[0], header), (namespace) => namespace === '1:b:');
    expect(result).toMatchObject({ ok: true, actions: actions.slice(1), tellsMore: false });
  });

  it('with an action of an unknown kind is read, and says that there was more', () => {
    const [frame] = framesOf([{ kind: 'cleared', namespace: ':', time: 1 }]);
    if (frame === undefined) throw new Error('Nothing was written.');
    const unknown = Buffer.from([200, 2, 0, 9, 9]);
    const longer = Buffer.concat([frame.subarray(0, HEADER_BYTES), unknown, frame.subarray(HEADER_BYTES)]);
    expect(read(headed(longer, header))).toMatchObject({
      ok: true,
      actions: [{ kind: 'cleared', namespace: ':', time: 1 }],
      tellsMore: true,
    });
  });
});

describe('a large tick', () => {
  const keys = Array.from({ length: 10_000 }, (_, at) => `user:${at}:${'é'.repeat(at % 40)}`);

  it('becomes several frames of at most 64 KiB, which hold everything in its order', () => {
    const frames = framesOf([
      { kind: 'changed', namespace: '4:shop:', names: keys },
      { kind: 'tags-invalidated', namespace: '4:shop:', tags: keys, time: 5, remove: true },
    ]).map((frame) => headed(frame, header));
    expect(frames.length).toBeGreaterThan(5);
    for (const frame of frames) expect(frame.length).toBeLessThanOrEqual(LONGEST_FRAME);
    const actions = frames.flatMap((frame) => {
      const result = read(frame);
      return result.ok ? result.actions : [];
    });
    const changed = actions.flatMap((action) => (action.kind === 'changed' ? action.names : []));
    const tags = actions.flatMap((action) => (action.kind === 'tags-invalidated' ? action.tags : []));
    expect(changed).toEqual(keys);
    expect(tags).toEqual(keys);
    for (const action of actions) expect(action.namespace).toBe('4:shop:');
  });

  it('holds the longest keys', () => {
    const longest = ['\uffff', '😀', 'a'].map((character) => character.repeat(longestKey / character.length));
    const writer = new FrameWriter();
    expect(writer.names('changed', '4:shop:', longest)).toBe(true);
    const told = writer.take().map((frame) => read(headed(frame, header)));
    expect(told.flatMap((result) => (result.ok ? result.actions : []))).toEqual([
      { kind: 'changed', namespace: '4:shop:', names: longest.slice(0, 2) },
      { kind: 'changed', namespace: '4:shop:', names: longest.slice(2) },
    ]);
  });

  it('says what fits into no frame, and leaves the rest whole', () => {
    const writer = new FrameWriter();
    const tooLong = 'x'.repeat(LONGEST_FRAME);
    expect(writer.names('changed', ':', ['a', tooLong, 'b'])).toBe(false);
    expect(writer.cleared(tooLong, 1)).toBe(false);
    expect(writer.message(':', 'c', new Uint8Array(LONGEST_FRAME))).toBe(false);
    expect(writer.message(':', 'c', new Uint8Array(longestMessage(':', 'c')))).toBe(true);
    for (const frame of writer.take()) expect(read(headed(frame, header)).ok).toBe(true);
    expect(writer.take()).toEqual([]);
  });
});

describe('what is no frame', () => {
  const readsCleanly = (bytes: Uint8Array): void => {
    const result = read(bytes);
    if (!result.ok) expect(result.reason.length).toBeGreaterThan(10);
    isFrameOf(header.node, bytes);
  };

  it('never throws: random bytes, with and without the right beginning', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      readsCleanly(bytes);
      const begun = Buffer.concat([headed(bareFrame(), header), bytes]);
      begun.writeUInt32LE(begun.length, 4);
      readsCleanly(begun);
    });
    fc.assert(property, { numRuns: 10_000 });
  });

  it('never throws: frames that were changed, cut or lengthened', () => {
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    const property = fc.property(fc.array(anyAction, { minLength: 1, maxLength: 4 }), changes, (actions, places) => {
      const frame = headed(framesOf(actions)[0], header);
      for (const [at, byte] of places) frame[at % frame.length] = byte;
      const cut = (places[0]?.[0] ?? 0) % frame.length;
      for (const bytes of [frame, frame.subarray(0, cut), Buffer.concat([frame, frame])]) readsCleanly(bytes);
      expect(read(headed(framesOf(actions)[0], header).subarray(0, cut)).ok).toBe(false);
    });
    fc.assert(property, { numRuns: 5_000 });
  });
});
