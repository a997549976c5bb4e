import type { BusConnection, BusListener, BusTransport } from '../contracts/bus.js';
import { ClosedError } from '../errors.js';

export interface InProcessBusOptions {
  /**
   * Runs what it is given, later: called once for each frame and listener, in the order in which frames were published.
   * A test may hold deliveries back, or lose them. Default: `setImmediate`, so that listeners who answer each other
   * leave the event loop its turns.
   */
  readonly deliver?: (delivery: () => void) => void;
}

/** Taken when the module loads: a test that replaces the global timers must not stop the bus. */
const { setImmediate } = globalThis;

/**
 * A bus for caches of one process that share a store instance: what one writes, the memory of the others lets go of.
 *
 * @example
 * ```ts
 * const [store, bus] = [myStore(), inProcessBus()];
 * const [here, there] = [createCache({ store, bus }), createCache({ store, bus })];
 * ```
 */
export function inProcessBus({ deliver = setImmediate }: InProcessBusOptions = {}): BusTransport {
  const listeners = new Set<BusListener>();

  return {
    name: 'in-process',
    open(given): BusConnection {
      // Another object for each connection: one listener may be opened twice.
      const listener = harmless(given);
      listeners.add(listener);
      const tell = (news: () => void) => deliver(() => listeners.has(listener) && news());
      tell(() => listener.connected());
      return {
        async publish(frame) {
          if (!listeners.has(listener)) throw new ClosedError();
          for (const each of listeners) deliver(() => listeners.has(each) && each.received(frame));
        },
        async close() {
          listeners.delete(listener);
        },
      };
    },
  };
}

/** What the listener throws is swallowed: it must not end the process, nor keep news from others. */
function harmless(listener: BusListener): BusListener {
  const swallowing = (news: () => void): void => {
    try {
      news();
    } catch {}
  };
  return {
    received: (frame) => swallowing(() => listener.received(frame)),
    connected: () => swallowing(() => listener.connected()),
    disconnected: () => swallowing(() => listener.disconnected()),
    storeWrote: (keys) => swallowing(() => listener.storeWrote(keys)),
  };
}
