export { type InProcessBusOptions, inProcessBus } from './bus/in-process-bus.js';
export { createCache } from './cache/create-cache.js';
export type { BusConnection, BusListener, BusTransport } from './contracts/bus.js';
export type * from './contracts/cache.js';
export type * from './contracts/channel.js';
export type { Entry, IndexTerms, Version } from './contracts/entry.js';
export type * from './contracts/events.js';
export type { LeaseAnswer, NamedLeases } from './contracts/lease.js';
export type { Loader, LoaderContext, ManyLoader, NotModified, StaleValue, Validators } from './contracts/load.js';
export type { LockContext, LockOptions } from './contracts/lock.js';
export type * from './contracts/store.js';
export type { Clock, Duration, Millis, Size } from './contracts/time.js';
export * from './errors.js';
export type {
  CircuitBreakerOptions,
  CreateCacheOptions,
  MemoryOptions,
  ValueSharing,
} from './options/cache-options.js';
export type { CompressionCodecName, CompressionOptions } from './options/compression-options.js';
export type { EncryptionKey, EncryptionOptions } from './options/encryption-options.js';
