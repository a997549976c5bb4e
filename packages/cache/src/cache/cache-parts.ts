import type { MessageCodec } from '../channels/message-codec.js';
import type { Subscriptions } from '../channels/subscriptions.js';
import type { PayloadLayers } from '../codecs/payload-layers.js';
import type { Bus } from '../contracts/bus.js';
import type { RefreshAhead } from '../contracts/entry.js';
import type { Clock } from '../contracts/time.js';
import type { MemoryStore } from '../memory/memory-store.js';
import type { ResolvedLeaseOptions } from '../options/lease-options.js';
import type { Doubts } from '../tiers/doubts.js';
import type { SharedClock } from '../tiers/shared-clock.js';
import type { StoreGate } from '../tiers/store-gate.js';
import type { SharingMode } from '../tiers/value-sharing.js';
import type { Background } from './background.js';
import type { Counters } from './counters.js';
import type { EventHub } from './event-hub.js';
import type { Stamps } from './stamps.js';

/** What all namespaces of one cache share. */
export interface CacheParts {
  /** What times are read from: the store's time where it is known. */
  readonly clock: Clock;
  /** For durations, which no step of `clock` may change. */
  readonly ownClock: Clock;
  readonly sharedClock: SharedClock | undefined;
  readonly stamps: Stamps;
  readonly sharing: SharingMode;
  readonly memory: MemoryStore | undefined;
  /** The way to the store, if there is one. */
  readonly gate: StoreGate | undefined;
  /** What is done to payloads on their way to the store and back. */
  readonly layers: PayloadLayers;
  readonly onStoreError: 'degrade' | 'throw';
  /** `undefined` where each process loads for itself. */
  readonly lease: ResolvedLeaseOptions | undefined;
  /** The ends of the store's entries are told, by one process, and those of rows in memory are not. */
  readonly tellsExpiry: boolean;
  readonly refreshAhead: RefreshAhead;
  readonly random: () => number;
  readonly hub: EventHub;
  readonly counters: Counters;
  readonly background: Background;
  readonly bus: Bus;
  readonly doubts: Doubts;
  readonly subscriptions: Subscriptions;
  readonly messageCodec: MessageCodec;
  readonly closing: AbortSignal;
}
