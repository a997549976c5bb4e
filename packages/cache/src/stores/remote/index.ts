export type { RemoteStoreOptions } from './options.js';
export { remoteStore } from './remote-store.js';
