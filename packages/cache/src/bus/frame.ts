import { randomBytes } from 'node:crypto';
import type { Millis } from '../contracts/time.js';
import * as layout from './frame-layout.js';

/** One thing that a frame tells. */
export type BusAction =
  | { readonly kind: 'changed' | 'filled' | 'released'; readonly namespace: string; readonly names: readonly string[] }
  | {
      readonly kind: 'tags-invalidated';
      readonly namespace: string;
      readonly tags: readonly string[];
      readonly time: Millis;
      readonly remove: boolean;
    }
  | { readonly kind: 'cleared'; readonly namespace: string; readonly time: Millis }
  | {
      readonly kind: 'message';
      readonly namespace: string;
      readonly channel: string;
      readonly message: Uint8Array;
    };

export function randomNode(): string {
  return randomBytes(layout.NODE_BYTES).toString('latin1');
}

/** A frame that tells nothing but that its sender is there. */
export function bareFrame(): Buffer {
  return Buffer.allocUnsafe(layout.HEADER_BYTES);
}

/** Fills in the header, for which every frame has room. */
export function writeHeader(frame: Buffer, header: layout.FrameHeader): void {
  frame[layout.AT_MAGIC] = layout.MAGIC;
  frame[layout.AT_FRAME_VERSION] = layout.FRAME_VERSION;
  // Two bytes: the one behind the flags is reserved.
  frame.writeUInt16LE(header.isBye ? layout.FLAG_BYE : 0, layout.AT_FLAGS);
  frame.writeUInt32LE(frame.length, layout.AT_LENGTH);
  frame.write(header.node, layout.AT_NODE, 'latin1');
  frame.writeUInt32LE(header.epoch, layout.AT_EPOCH);
  frame.writeUInt32LE(header.heartbeat, layout.AT_HEARTBEAT);
  frame.writeDoubleLE(header.sequence, layout.AT_SEQUENCE);
  frame.writeDoubleLE(header.clock, layout.AT_CLOCK);
}

/** Is this a frame of `node`? Looks at nothing else, so that a process skips its own at once. */
export function isFrameOf(node: string, frame: Uint8Array): boolean {
  if (frame.length < layout.HEADER_BYTES || frame[layout.AT_MAGIC] !== layout.MAGIC) return false;
  for (let at = 0; at < layout.NODE_BYTES; at++) {
    if (frame[layout.AT_NODE + at] !== node.charCodeAt(at)) return false;
  }
  return true;
}
