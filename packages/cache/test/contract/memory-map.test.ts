import { describe, it } from 'vitest';
import { describeStoreContract, memoryMapStore } from '../../src/testing/index.js';

const { capabilities } = memoryMapStore();

describeStoreContract({ describe, it, name: 'memory-map', capabilities, open: async () => memoryMapStore() });
