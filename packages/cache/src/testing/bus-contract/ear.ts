import assert from 'node:assert/strict';
import type { BusListener } from '../../contracts/bus.js';

/** A listener that keeps what it hears, and that one can wait for. */
export class Ear implements BusListener {
  readonly frames: Uint8Array[] = [];
  readonly written: string[] = [];
  timesConnected = 0;
  timesDisconnected = 0;
  readonly #patience: number;
  readonly #waiting = new Set<() => void>();

  constructor(patience: number) {
    this.#patience = patience;
  }

  received(frame: Uint8Array): void {
    // A copy: the bytes are the listener's only until it returns.
    this.frames.push(Uint8Array.from(frame));
    this.#something();
  }

  connected(): void {
    this.timesConnected++;
    this.#something();
  }

  disconnected(): void {
    this.timesDisconnected++;
    this.#something();
  }

  storeWrote(keys: readonly string[]): void {
    this.written.push(...keys);
    this.#something();
  }

  get texts(): string[] {
    return this.frames.map((frame) => new TextDecoder().decode(frame));
  }

  hears(text: string): Promise<void> {
    return this.#until(() => this.texts.includes(text), `the frame '${text}'`);
  }

  hearsFrames(count: number): Promise<void> {
    return this.#until(() => this.frames.length >= count, `${count} frames`);
  }

  hearsOfWrites(keys: readonly string[]): Promise<void> {
    return this.#until(() => keys.every((key) => this.written.includes(key)), `writes of ${keys.join(', ')}`);
  }

  isConnected(): Promise<void> {
    return this.#until(() => this.timesConnected > this.timesDisconnected, 'that it is connected');
  }

  #something(): void {
    for (const look of this.#waiting) look();
  }

  #until(condition: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        if (!condition()) return;
        end();
        resolve();
      };
      const timer = setTimeout(() => {
        end();
        const heard = `${this.frames.length} frames, and was connected ${this.timesConnected} times`;
        reject(
          new assert.AssertionError({ message: `Within ${this.#patience} ms nobody told ${what}: heard ${heard}.` }),
        );
      }, this.#patience);
      const end = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** What a listener may do to its transport at worst. */
export class ThrowingEar extends Ear {
  override received(frame: Uint8Array): void {
    super.received(frame);
    throw new Error('thrown by a listener');
  }

  override connected(): void {
    super.connected();
    throw new Error('thrown by a listener');
  }
}
