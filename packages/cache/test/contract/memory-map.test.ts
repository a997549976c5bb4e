import { describe, it } from 'vitest';
import { describeStoreContract, memoryMapStore } from '../../src/testing/index.js';

const { capabilities } = memoryMapStore();

describeStoreContract({ describe, it, name: 'memory-map', capabilities, open: async () => memoryMapStore() });
describeStoreContract({
  describe,
  it,
  name: 'memory-map, with a clock of its own',
  capabilities,
  tellsTime: true,
  open: async () => memoryMapStore({ clock: Date }),
});
