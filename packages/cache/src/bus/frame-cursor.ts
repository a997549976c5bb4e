import { isUtf8 } from 'node:buffer';
import type { Millis } from '../contracts/time.js';
import { LATEST_TIME } from './frame-layout.js';

/** Why a frame cannot be read, as a sentence. */
export class Unreadable extends Error {}

/** Reads the body of one action from its start to its end. */
export class FrameCursor {
  readonly #input: Buffer;
  readonly #end: number;
  #at: number;

  constructor(input: Buffer, from: number, end: number) {
    this.#input = input;
    this.#at = from;
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#end;
  }

  time(): Millis {
    return readTime(this.#input, this.#take(8));
  }

  flag(): boolean {
    const byte = this.#input[this.#take(1)];
    if (byte !== 0 && byte !== 1) throw new Unreadable('An action says neither yes nor no.');
    return byte === 1;
  }

  text(): string {
    const lengthAt = this.#take(2);
    const length = this.#input.readUInt16LE(lengthAt);
    return readText(this.#input, this.#take(length), this.#at);
  }

  texts(): string[] {
    const texts: string[] = [];
    while (!this.isAtEnd) texts.push(this.text());
    return texts;
  }

  /** A copy of all that is left. */
  bytes(): Uint8Array {
    const from = this.#take(this.#end - this.#at);
    return new Uint8Array(this.#input.subarray(from, this.#end));
  }

  /** Steps over so many bytes, and answers where they begin. */
  #take(count: number): number {
    const from = this.#at;
    if (from + count > this.#end) throw new Unreadable('An action ends in the middle of what it tells.');
    this.#at = from + count;
    return from;
  }
}

export function readTime(input: Buffer, at: number): Millis {
  const time = input.readDoubleLE(at);
  if (!(time >= 0 && time <= LATEST_TIME)) throw new Unreadable('A frame tells a time that is none.');
  return time;
}

/** Decoding puts U+FFFD for what is not UTF-8: only text that has it needs the second look. */
function readText(input: Buffer, from: number, to: number): string {
  const text = input.toString('utf8', from, to);
  if (text.includes('\ufffd') && !isUtf8(input.subarray(from, to))) throw new Unreadable('A name is not UTF-8.');
  return text;
}
