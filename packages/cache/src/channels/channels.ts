import { copyValue } from '../codecs/copy-value.js';
import type { Bus } from '../contracts/bus.js';
import type { MessageListener, SubscribeOptions } from '../contracts/channel.js';
import type { Store } from '../contracts/store.js';
import { InvalidOptionError, UnsupportedByStoreError } from '../errors.js';
import { checkKey } from '../keys/check-key.js';
import { channelPrefix, type NamespacePath, namespacePrefix } from '../keys/namespace.js';
import { resolveSubscribeOptions } from '../options/subscribe-options.js';
import type { MessageCodec } from './message-codec.js';
import type { Subscriptions } from './subscriptions.js';

export interface ChannelsParts {
  readonly path: NamespacePath;
  readonly bus: Bus;
  /** What the processes share that are to hear each other. */
  readonly store: Store | undefined;
  readonly subscriptions: Subscriptions;
  readonly codec: MessageCodec;
}

/**
 * `cache.publish` and `cache.subscribe`, for one namespace. A message goes to the bus, and when that has taken it to the
 * subscribers of this process, whom the bus does not tell.
 */
export class Channels {
  readonly #parts: ChannelsParts;
  /** What the bus knows the namespace by. */
  readonly #namespace: string;
  readonly #placePrefix: string;

  constructor(parts: ChannelsParts) {
    this.#parts = parts;
    this.#namespace = namespacePrefix(parts.path);
    this.#placePrefix = channelPrefix(parts.path);
  }

  async publish(channel: string, message: unknown): Promise<void> {
    this.#refuseIfApart();
    checkKey(channel);
    const bytes = this.#parts.codec.encode(message, this.#placePrefix + channel);
    await this.#parts.bus.publish(this.#namespace, channel, bytes);
    this.heard(channel, bytes);
  }

  subscribe(channel: string, listener: MessageListener<unknown>, given: SubscribeOptions): () => void {
    this.#refuseIfApart();
    checkKey(channel);
    if (typeof listener !== 'function') {
      throw new InvalidOptionError(
        "subscribe() takes the name of a channel and a function: subscribe('prices', (price) => …).",
      );
    }
    const { signal, missed } = resolveSubscribeOptions(given);
    if (signal?.aborted) return () => {};
    const remove = this.#parts.subscriptions.add(this.#placePrefix + channel, { listener, missed });
    const end = (): void => {
      remove();
      signal?.removeEventListener('abort', end);
    };
    signal?.addEventListener('abort', end);
    return end;
  }

  /** Tells the subscribers of this process. */
  heard(channel: string, bytes: Uint8Array): void {
    const { subscriptions, codec } = this.#parts;
    const place = this.#placePrefix + channel;
    if (!subscriptions.isAnybodyAt(place)) return;
    const read = codec.decode(bytes, place);
    if (read.ok) subscriptions.tell(place, () => (read.isMutable ? copyValue(read.message) : read.message));
    else subscriptions.unreadable(place);
  }

  /** A message that only this process hears, where others share the store, would be lost in silence. */
  #refuseIfApart(): void {
    const { bus, store } = this.#parts;
    if (bus.isThere || store?.capabilities?.shared !== true) return;
    throw new UnsupportedByStoreError(
      `Other processes share the ${store.name} store, and this cache has no bus to tell them: give createCache one, such as bus: redisBus({ url }).`,
    );
  }
}
