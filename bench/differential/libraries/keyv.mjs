import { Keyv } from 'keyv';
import { versionOf } from '../../table.mjs';
import { keyvRedis } from '../redis-clients.mjs';

/** Its default serializer, on Redis or on its Map. */
export const library = {
  name: 'keyv',
  version: versionOf('keyv'),
  lacks: { getOrSet: 'has no loader', tiers: 'has one tier' },
  async open({ backEnd, ttlMs }) {
    const keyv = new Keyv({ store: backEnd ? keyvRedis(backEnd, {}) : new Map(), ttl: ttlMs });
    keyv.on('error', () => {});
    return {
      get: (key) => keyv.get(key),
      set: (key, value) => keyv.set(key, value),
      delete: (key) => keyv.delete(key),
      getOrSet: undefined,
      close: () => keyv.disconnect(),
    };
  },
};
