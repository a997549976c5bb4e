export type { BusContractOptions } from './bus-contract/context.js';
export { describeBusContract } from './bus-contract.js';
export { type ChaosOptions, type ChaosStore, chaosStore } from './chaos-store.js';
export { type FakeClock, fakeClock } from './fake-clock.js';
export { memoryMapStore } from './memory-map-store.js';
export { type Random, seededRandom } from './seeded-random.js';
export type { ContractClock, ContractOptions } from './store-contract/context.js';
export { describeStoreContract } from './store-contract.js';
