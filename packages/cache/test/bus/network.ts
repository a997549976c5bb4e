import type { BusListener, BusTransport } from '../../src/contracts/bus.js';
import type { FakeClock } from '../../src/testing/index.js';

/** How long a frame takes from one place to another, in milliseconds: none where it is lost, several where repeated. */
export type Route = (from: string, to: string) => readonly number[];

interface Place {
  readonly name: string;
  readonly listener: BusListener;
}

/** A network in virtual time. Frames reach everybody, their sender too, as its routes say. */
export class Network {
  readonly #clock: FakeClock;
  readonly #places = new Set<Place>();
  route: Route = () => [1];
  /** What publishing comes to, before anything is sent. */
  accept: (from: string) => Promise<void> = () => Promise.resolve();
  /** What publishing comes to, after it was sent. */
  acknowledge: (from: string) => Promise<void> = () => Promise.resolve();
  /** How long the next frame is to wait. */
  untilNextFrame: (from: string) => Promise<void> | undefined = () => undefined;
  delivered: (from: string, to: string) => void = () => {};
  readonly published: { readonly from: string; readonly frame: Buffer }[] = [];

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  transport(name: string): BusTransport {
    return {
      name: 'network',
      open: (listener) => {
        const place = { name, listener };
        this.#places.add(place);
        this.#clock.schedule(() => this.#places.has(place) && listener.connected(), 0);
        return {
          publish: async (frame) => {
            if (!this.#places.has(place)) throw new Error('This place is closed.');
            await this.accept(name);
            this.published.push({ from: name, frame: Buffer.from(frame) });
            this.#carry(name, frame);
            await this.acknowledge(name);
          },
          untilNextFrame: () => this.untilNextFrame(name),
          close: async () => {
            this.#places.delete(place);
          },
        };
      },
    };
  }

  /** Cuts a process off for good, as if it had been killed: it says no farewell. */
  kill(name: string): void {
    for (const place of this.#places) if (place.name === name) this.#places.delete(place);
  }

  /** Tells the listeners of one place something that only a transport knows. */
  tell(name: string, news: (listener: BusListener) => void): void {
    for (const place of this.#places) if (place.name === name) news(place.listener);
  }

  #carry(from: string, frame: Uint8Array): void {
    for (const place of this.#places) {
      for (const delay of this.route(from, place.name)) {
        this.#clock.schedule(() => {
          if (!this.#places.has(place)) return;
          this.delivered(from, place.name);
          place.listener.received(frame);
        }, delay);
      }
    }
  }
}
