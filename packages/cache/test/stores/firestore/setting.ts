import { createCache } from '../../../src/cache/create-cache.js';
import { firestoreStore } from '../../../src/stores/firestore/index.js';
import { fakeClock } from '../../../src/testing/fake-clock.js';
import type { Setting } from '../../cache/settings.js';
import { firestoreMissing, skipNote, startFirestore } from '../../servers/firestore.js';
import { emulatorClient, newCollection } from './emulator-client.js';

/** A server of its own for each cache that is opened, so for properties that open one. */
export const firestoreSetting: Setting = {
  name: `Firestore alone${skipNote}`,
  missing: firestoreMissing,
  runs: 15,
  async open(options = {}) {
    const server = await startFirestore();
    const client = emulatorClient(server.host);
    const clock = fakeClock();
    const store = firestoreStore({ client, collection: newCollection() });
    const cache = createCache({ clock, store, memory: false, ...options });
    return {
      cache,
      clock,
      async close() {
        await cache.close();
        await client.terminate();
        await server.stop();
      },
    };
  },
};
