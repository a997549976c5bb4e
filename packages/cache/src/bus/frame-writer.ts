import type { Millis } from '../contracts/time.js';
import * as layout from './frame-layout.js';

/** What the first bytes of an action say. */
interface ActionStart {
  readonly kind: number;
  readonly namespace: string;
  readonly time?: Millis;
  readonly remove?: boolean;
}

export type NamesKind = 'changed' | 'filled' | 'released';

const kindOfNames: Readonly<Record<NamesKind, number>> = {
  changed: layout.ACTION_CHANGED,
  filled: layout.ACTION_FILLED,
  released: layout.ACTION_RELEASED,
};

/** Frames are written here first, for their length is known at their end only. Nothing awaits in between. */
const scratch = Buffer.allocUnsafeSlow(layout.LONGEST_FRAME);

/**
 * Writes actions into as few frames as hold them, and leaves room for the headers. Each method answers whether all of
 * it fits into frames: nobody can be told of a name that fits into none.
 */
export class FrameWriter {
  #at = layout.HEADER_BYTES;
  #actionAt = 0;
  #frames: Buffer[] = [];

  names(kind: NamesKind, namespace: string, names: Iterable<string>): boolean {
    return this.#list({ kind: kindOfNames[kind], namespace }, names);
  }

  tagsInvalidated(namespace: string, tags: Iterable<string>, time: Millis, remove: boolean): boolean {
    return this.#list({ kind: layout.ACTION_TAGS_INVALIDATED, namespace, time, remove }, tags);
  }

  cleared(namespace: string, time: Millis): boolean {
    if (!this.#begin({ kind: layout.ACTION_CLEARED, namespace, time }, 0)) return false;
    this.#end();
    return true;
  }

  message(namespace: string, channel: string, message: Uint8Array): boolean {
    if (!this.#begin({ kind: layout.ACTION_MESSAGE, namespace }, roomFor(channel) + message.length)) return false;
    this.#text(channel);
    scratch.set(message, this.#at);
    this.#at += message.length;
    this.#end();
    return true;
  }

  /** How many frames are full: the last action is in the one after them. */
  get framesBefore(): number {
    return this.#frames.length;
  }

  /** The frames so far; the next action begins another one. */
  take(): Buffer[] {
    this.#cut();
    const frames = this.#frames;
    this.#frames = [];
    return frames;
  }

  #list(start: ActionStart, names: Iterable<string>): boolean {
    let isBegun = false;
    for (const name of names) {
      const room = roomFor(name);
      if (!isBegun || this.#at + room > layout.LONGEST_FRAME) {
        if (isBegun) this.#end();
        isBegun = this.#begin(start, room);
        if (!isBegun) return false;
      }
      this.#text(name);
    }
    if (isBegun) this.#end();
    return true;
  }

  /** Begins an action in this frame, or in the next one, that has so much room behind its beginning. */
  #begin({ kind, namespace, time, remove }: ActionStart, room: number): boolean {
    const needed = longestStart + roomFor(namespace) + room;
    if (this.#at + needed > layout.LONGEST_FRAME) this.#cut();
    if (this.#at + needed > layout.LONGEST_FRAME) return false;
    this.#actionAt = this.#at;
    scratch[this.#at] = kind;
    this.#at += layout.ACTION_HEADER_BYTES;
    if (time !== undefined) this.#at = scratch.writeDoubleLE(time, this.#at);
    if (remove !== undefined) scratch[this.#at++] = remove ? 1 : 0;
    this.#text(namespace);
    return true;
  }

  #end(): void {
    scratch.writeUInt16LE(this.#at - this.#actionAt - layout.ACTION_HEADER_BYTES, this.#actionAt + 1);
  }

  #text(text: string): void {
    const length = scratch.write(text, this.#at + 2, 'utf8');
    scratch.writeUInt16LE(length, this.#at);
    this.#at += 2 + length;
  }

  #cut(): void {
    if (this.#at === layout.HEADER_BYTES) return;
    const frame = Buffer.allocUnsafe(this.#at);
    scratch.copy(frame, layout.HEADER_BYTES, layout.HEADER_BYTES, this.#at);
    this.#frames.push(frame);
    this.#at = layout.HEADER_BYTES;
  }
}

/** A kind, a length, a time, and whether to remove. */
const longestStart = layout.ACTION_HEADER_BYTES + 8 + 1;

/** The most that a text takes: two bytes that say how long it is, and three for each UTF-16 code unit. */
function roomFor(text: string): number {
  return 2 + 3 * text.length;
}

/** The longest message that surely fits into a frame. */
export function longestMessage(namespace: string, channel: string): number {
  return layout.LONGEST_FRAME - layout.HEADER_BYTES - longestStart - roomFor(namespace) - roomFor(channel);
}
