import type { BusAction } from './frame.js';
import { FrameCursor, readTime, Unreadable } from './frame-cursor.js';
import * as layout from './frame-layout.js';

export type ReadFrame =
  | {
      readonly ok: true;
      readonly header: layout.FrameHeader;
      readonly actions: readonly BusAction[];
      /** It also tells what only later versions understand. */
      readonly tellsMore: boolean;
    }
  | { readonly ok: false; readonly reason: string };

/**
 * Reads a whole frame. Never throws. What it gives shares no memory with `bytes`.
 *
 * @param isWanted - what is told of other namespaces is left out
 */
export function readFrame(bytes: Uint8Array, isWanted: (namespace: string) => boolean): ReadFrame {
  try {
    const input = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const header = readHeader(input);
    const actions: BusAction[] = [];
    const tellsMore = readActions(input, actions, isWanted);
    return { ok: true, header, actions, tellsMore };
  } catch (thrown) {
    if (thrown instanceof Unreadable) return { ok: false, reason: thrown.message };
    throw thrown;
  }
}

function readHeader(input: Buffer): layout.FrameHeader {
  if (input.length < layout.HEADER_BYTES) throw new Unreadable('It is shorter than the header of a frame.');
  if (input[layout.AT_MAGIC] !== layout.MAGIC) throw new Unreadable('It is no frame of a bus.');
  const version = input[layout.AT_FRAME_VERSION];
  if (version !== layout.FRAME_VERSION) throw new Unreadable(`It is a frame of the unknown version ${version}.`);
  const flags = input[layout.AT_FLAGS] as number;
  if ((flags & ~layout.FLAGS_KNOWN) !== 0) throw new Unreadable('The frame has a flag that is not known.');
  if (input.readUInt32LE(layout.AT_LENGTH) !== input.length) throw new Unreadable('The frame has a wrong length.');
  const heartbeat = input.readUInt32LE(layout.AT_HEARTBEAT);
  if (heartbeat === 0) throw new Unreadable('The frame has no heartbeat.');
  const sequence = input.readDoubleLE(layout.AT_SEQUENCE);
  if (!Number.isSafeInteger(sequence) || sequence < 0) throw new Unreadable('The frame has no sequence number.');
  return {
    isBye: (flags & layout.FLAG_BYE) !== 0,
    node: input.toString('latin1', layout.AT_NODE, layout.AT_NODE + layout.NODE_BYTES),
    epoch: input.readUInt32LE(layout.AT_EPOCH),
    heartbeat,
    sequence,
    clock: readTime(input, layout.AT_CLOCK),
  };
}

/** Answers whether there were actions of unknown kinds. */
function readActions(input: Buffer, actions: BusAction[], isWanted: (namespace: string) => boolean): boolean {
  let tellsMore = false;
  let at = layout.HEADER_BYTES;
  while (at < input.length) {
    const from = at + layout.ACTION_HEADER_BYTES;
    const to = from <= input.length ? from + input.readUInt16LE(at + 1) : from;
    if (to > input.length) throw new Unreadable('An action ends after its frame.');
    const action = readAction(input[at] as number, new FrameCursor(input, from, to), isWanted);
    if (action === 'unknown') tellsMore = true;
    else if (action !== 'unwanted') actions.push(action);
    at = to;
  }
  return tellsMore;
}

function readAction(
  kind: number,
  body: FrameCursor,
  isWanted: (namespace: string) => boolean,
): BusAction | 'unknown' | 'unwanted' {
  if (kind < layout.ACTION_CHANGED || kind > layout.ACTION_MESSAGE) return 'unknown';
  const isTimed = kind === layout.ACTION_TAGS_INVALIDATED || kind === layout.ACTION_CLEARED;
  const time = isTimed ? body.time() : 0;
  const remove = kind === layout.ACTION_TAGS_INVALIDATED && body.flag();
  const namespace = body.text();
  if (!isWanted(namespace)) return 'unwanted';
  switch (kind) {
    case layout.ACTION_CHANGED:
      return { kind: 'changed', namespace, names: body.texts() };
    case layout.ACTION_FILLED:
      return { kind: 'filled', namespace, names: body.texts() };
    case layout.ACTION_RELEASED:
      return { kind: 'released', namespace, names: body.texts() };
    case layout.ACTION_TAGS_INVALIDATED:
      return { kind: 'tags-invalidated', namespace, tags: body.texts(), time, remove };
    case layout.ACTION_CLEARED:
      if (!body.isAtEnd) throw new Unreadable('An action tells more than its kind can.');
      return { kind: 'cleared', namespace, time };
    default:
      return { kind: 'message', namespace, channel: body.text(), message: body.bytes() };
  }
}
