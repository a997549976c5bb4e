import type { BusConnection, BusListener, BusTransport } from '../../contracts/bus.js';
import type { Connection } from './connection.js';
import { EventStreamReader, type StreamEvent } from './event-stream.js';
import { keyOf } from './names.js';
import { failed, storeName } from './remote-errors.js';

export interface RemoteBusParts {
  readonly connection: Connection;
  readonly random: () => number;
}

/** What the service is asked to say something within, in seconds. */
const heartbeatSeconds = 1;
/** Silence for so many milliseconds is a connection that is gone. */
const longestSilence = 3_500;
const firstPause = 100;
const longestPause = 10_000;

/** Hears of every write by the events of the service, whoever made it. */
export function remoteBus(parts: RemoteBusParts): BusTransport {
  return { name: storeName, onlyHears: true, open: (listener) => new EventConnection(parts, listener) };
}

class EventConnection implements BusConnection {
  readonly #parts: RemoteBusParts;
  readonly #listener: BusListener;
  readonly #closing = new AbortController();
  #pause = firstPause;
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: RemoteBusParts, listener: BusListener) {
    this.#parts = parts;
    this.#listener = listener;
    // Not from here: whoever opens has no connection yet.
    queueMicrotask(() => void this.#follow());
  }

  async publish(): Promise<void> {
    throw failed('The events of the service carry no frames.');
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
  }

  /** Follows one stream to its end, and then the next one. */
  async #follow(): Promise<void> {
    const isOver = () => this.#closing.signal.aborted;
    if (isOver()) return;
    let wasConnected = false;
    try {
      await this.#read((event) => {
        if (isOver()) return;
        if (event.name === 'ready') {
          wasConnected = true;
          this.#pause = firstPause;
        }
        this.#tell(event);
      });
    } catch {
      // Whatever ended it: it is followed anew.
    }
    if (isOver()) return;
    if (wasConnected) this.#safely(() => this.#listener.disconnected());
    const pause = this.#pause * (0.5 + this.#parts.random() / 2);
    this.#pause = Math.min(this.#pause * 2, longestPause);
    this.#timer = setTimeout(() => void this.#follow(), pause);
    this.#timer.unref();
  }

  /** Resolves, or rejects, when the stream has ended. */
  async #read(told: (event: StreamEvent) => void): Promise<void> {
    const ending = new AbortController();
    const end = () => ending.abort();
    this.#closing.signal.addEventListener('abort', end);
    const path = `/v1/events?heartbeat=${heartbeatSeconds}`;
    try {
      const stream = await this.#parts.connection.stream(path, { Accept: 'text/event-stream' }, ending.signal);
      // The cache that listens must not keep its process alive.
      stream.socket.unref();
      if (stream.statusCode !== 200) {
        stream.destroy();
        throw failed(`The service answered its events with ${stream.statusCode}.`);
      }
      const reader = new EventStreamReader(told);
      const watch = setTimeout(end, longestSilence).unref();
      try {
        for await (const bytes of stream) {
          watch.refresh();
          reader.push(bytes);
        }
      } finally {
        clearTimeout(watch);
      }
    } finally {
      this.#closing.signal.removeEventListener('abort', end);
    }
  }

  #tell({ name, data }: StreamEvent): void {
    switch (name) {
      case 'change':
        this.#safely(() => this.#listener.storeWrote(keysIn(data)));
        break;
      // After these, anything may have been written.
      case 'ready':
      case 'reset':
      case 'clear':
      case 'invalidate-tags':
        this.#safely(() => this.#listener.connected());
        break;
    }
  }

  #safely(news: () => void): void {
    try {
      news();
    } catch {
      // A listener harms nobody.
    }
  }
}

function keysIn(data: string): readonly string[] {
  const { keys } = JSON.parse(data) as { readonly keys?: unknown };
  return Array.isArray(keys) ? keys.map((key) => keyOf(String(key))) : [];
}
