import type { BusDoubt } from '../contracts/bus.js';
import type { MessageListener, MissedReason } from '../contracts/channel.js';

export interface Subscription {
  readonly listener: MessageListener<unknown>;
  readonly missed: ((reason: MissedReason) => unknown) | undefined;
}

/** Who listens to which channel, in all namespaces of one cache. A place is a channel of a namespace. */
export class Subscriptions {
  readonly #at = new Map<string, Set<Subscription>>();
  #isDeaf = false;

  /** The answer takes it off. */
  add(place: string, subscription: Subscription): () => void {
    const others = this.#at.get(place);
    if (others === undefined) this.#at.set(place, new Set([subscription]));
    else others.add(subscription);
    return () => {
      const left = this.#at.get(place);
      if (left?.delete(subscription) && left.size === 0) this.#at.delete(place);
    };
  }

  isAnybodyAt(place: string): boolean {
    return this.#at.has(place);
  }

  /** `messageFor` is asked once for each listener. */
  tell(place: string, messageFor: () => unknown): void {
    for (const { listener } of this.#standing(place)) harmlessly(() => listener(messageFor()));
  }

  /** Something that came for this place could not be read. */
  unreadable(place: string): void {
    for (const { missed } of this.#standing(place)) harmlessly(() => missed?.('unreadable'));
  }

  /** Anybody may have missed something. While nothing is heard that is so all the time, and told once. */
  doubted(reason: BusDoubt): void {
    // The store's own news hold no messages.
    if (reason === 'records-written') return;
    if (reason === 'disconnected' && this.#isDeaf) return;
    if (reason === 'disconnected' || reason === 'connected') this.#isDeaf = reason === 'disconnected';
    for (const place of [...this.#at.keys()]) {
      for (const { missed } of this.#standing(place)) harmlessly(() => missed?.(reason));
    }
  }

  clear(): void {
    for (const each of this.#at.values()) each.clear();
    this.#at.clear();
  }

  /** Whoever comes while the others are told is not told; whoever goes is not told any more. */
  *#standing(place: string): Iterable<Subscription> {
    const all = this.#at.get(place);
    if (all === undefined) return;
    for (const each of [...all]) if (all.has(each)) yield each;
  }
}

function harmlessly(call: () => unknown): void {
  try {
    const answer = call();
    if (answer instanceof Promise) answer.catch(() => {});
  } catch {}
}
