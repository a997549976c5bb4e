export type { ConfigProblem } from '../errors.js';
export { builtInStores } from '../registry/built-in-stores.js';
export {
  createStoreRegistry,
  type StoreChoice,
  type StoreRegistry,
  type StoreScheme,
  schemeOf,
} from '../registry/store-registry.js';
export { createCacheFromEnv } from './create-cache-from-env.js';
export type { Environment } from './interpolate.js';
export type { PayloadOptions } from './payload-options.js';
export type { ReadConfigOptions } from './read-config.js';
export { type GivenSettings, type GivenValue, readGivenSettings } from './read-given-settings.js';
export { readyMadeNamespaces } from './ready-made.js';
