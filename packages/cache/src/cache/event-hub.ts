import type { CacheEvent, CacheEventType, CacheListener, Reporter } from '../contracts/events.js';

type AnyListener = (event: CacheEvent) => void;

/** Hands facts to whoever listens. */
export class EventHub implements Reporter {
  readonly #listeners = new Map<CacheEventType, Set<AnyListener>>();
  /** Read on every hit, so a field: is there anyone to tell? */
  watchesHits = false;

  on<Type extends CacheEventType>(type: Type, listener: CacheListener<Type>): () => void {
    const listeners = this.#listeners.get(type) ?? new Set<AnyListener>();
    this.#listeners.set(type, listeners);
    const entry = listener as AnyListener;
    listeners.add(entry);
    this.watchesHits = this.listens('hit');
    return () => {
      listeners.delete(entry);
      this.watchesHits = this.listens('hit');
    };
  }

  listens(type: CacheEventType): boolean {
    return this.#listeners.size > 0 && (this.#listeners.get(type)?.size ?? 0) > 0;
  }

  report(event: CacheEvent): void {
    const listeners = this.#listeners.get(event.type);
    if (listeners === undefined) return;
    for (const listener of listeners) {
      try {
        listener(event);
      } catch {
        // A listener harms nobody: neither the caller whose request it watched nor the listeners after it.
      }
    }
  }
}
