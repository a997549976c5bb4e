import type { BusListener } from '../../../contracts/bus.js';

/** One listener of a transport, told only what makes sense to it; what it throws is swallowed. */
export class Member implements BusListener {
  readonly #listener: BusListener;
  #isConnected = false;
  isClosed = false;

  constructor(listener: BusListener) {
    this.#listener = listener;
  }

  connected(): void {
    if (this.isClosed || this.#isConnected) return;
    this.#isConnected = true;
    this.#tell((listener) => listener.connected());
  }

  disconnected(): void {
    if (!this.#isConnected) return;
    this.#isConnected = false;
    this.#tell((listener) => listener.disconnected());
  }

  received(frame: Uint8Array): void {
    if (this.#isConnected) this.#tell((listener) => listener.received(frame));
  }

  storeWrote(keys: readonly string[]): void {
    if (this.#isConnected) this.#tell((listener) => listener.storeWrote(keys));
  }

  #tell(fact: (listener: BusListener) => void): void {
    if (this.isClosed) return;
    try {
      fact(this.#listener);
    } catch {}
  }
}
