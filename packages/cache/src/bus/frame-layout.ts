import type { Millis } from '../contracts/time.js';

/** The frame of the bus, version 1: spec/bus.md says the same in words. All numbers are little-endian. */
export const MAGIC = 0xf5;
export const FRAME_VERSION = 1;
export const FLAG_BYE = 0b0000_0001;
export const FLAGS_KNOWN = FLAG_BYE;

export const AT_MAGIC = 0;
export const AT_FRAME_VERSION = 1;
export const AT_FLAGS = 2;
export const AT_LENGTH = 4;
export const AT_NODE = 8;
export const AT_EPOCH = 16;
export const AT_HEARTBEAT = 20;
export const AT_SEQUENCE = 24;
export const AT_CLOCK = 32;
export const HEADER_BYTES = 40;

export const NODE_BYTES = 8;
export const LONGEST_FRAME = 65_536;

/** Readers skip the kinds that they do not know, and are in doubt. */
export const ACTION_CHANGED = 1;
export const ACTION_FILLED = 2;
export const ACTION_RELEASED = 3;
export const ACTION_TAGS_INVALIDATED = 4;
export const ACTION_CLEARED = 5;
export const ACTION_MESSAGE = 6;

/** One byte of kind, two of length. */
export const ACTION_HEADER_BYTES = 3;

/** The latest time that there is (ECMAScript, "Time Values"): a later one would carry the clocks of all away. */
export const LATEST_TIME = 8.64e15;

/** What every frame says of its sender. */
export interface FrameHeader {
  /** The sender's frames end with this one. */
  readonly isBye: boolean;
  /** Text of eight characters up to U+00FF, one for each byte; no two processes have the same. */
  readonly node: string;
  /** How often the sender lost what it should have told. */
  readonly epoch: number;
  /** Within this many milliseconds the sender sends another frame. */
  readonly heartbeat: Millis;
  /** Counts the sender's frames, from 0 on. */
  readonly sequence: number;
  /** The sender's clock when it sent this. */
  readonly clock: Millis;
}
