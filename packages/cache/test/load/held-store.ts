import type { Store } from '../../src/contracts/store.js';
import { memoryMapStore } from '../../src/testing/memory-map-store.js';
import { deferred } from './deferred.js';

type Method = 'get' | 'set' | 'delete' | 'modify' | 'scan';

export interface HeldStore extends Store {
  /** Calls of this method have to wait: before they take effect, or with their answer. Answers how to let them go. */
  hold(method: Method, moment?: 'before' | 'answer'): () => void;
  /** The calls that were made, in their order. */
  readonly calls: readonly Method[];
}

/** A store over the network, as it were: no read is answered at once, and the test says when each call is. */
export function heldStore(store: Store = memoryMapStore()): HeldStore {
  const holds = new Map<Method, { readonly gate: Promise<void>; readonly moment: 'before' | 'answer' }>();
  const calls: Method[] = [];

  async function pass<Result>(method: Method, call: () => Promise<Result>): Promise<Result> {
    calls.push(method);
    const held = holds.get(method);
    if (held?.moment === 'before') await held.gate;
    const result = await call();
    if (held?.moment === 'answer') await held.gate;
    return result;
  }

  return {
    name: 'held',
    capabilities: { ...store.capabilities, synchronousReads: false },
    calls,
    get: (keys, call) => pass('get', () => store.get(keys, call)),
    set: (writes, call) => pass('set', () => store.set(writes, call)),
    delete: (keys, call) => pass('delete', () => store.delete(keys, call)),
    modify: (key, change, call) => pass('modify', () => store.modify(key, change, call)),
    scan: (prefix, page, call) => pass('scan', () => store.scan(prefix, page, call)),
    byIndex: (term, page, call) => store.byIndex(term, page, call),
    prune: (limit, call) => store.prune(limit, call),
    close: () => store.close(),
    hold(method, moment = 'before') {
      const gate = deferred<void>();
      const held = { gate: gate.promise, moment };
      holds.set(method, held);
      return () => {
        if (holds.get(method) === held) holds.delete(method);
        gate.resolve();
      };
    },
  };
}
