import type { Millis } from './time.js';

/**
 * Carries frames between processes, and knows nothing of what is in them. It promises nothing: a frame may come late,
 * twice, after a later one, or never. A frame comes back to its sender too.
 */
export interface BusTransport {
  readonly name: string;
  /** The store tells of writes (`storeWrote`), and nothing else comes through: frames are neither sent nor heard. */
  readonly onlyHears?: true;
  /**
   * Begins to listen at once, connecting by itself as often as it takes. Never throws, and tells the listener nothing
   * before it has returned. May be called several times: each connection hears all of them.
   */
  open(listener: BusListener): BusConnection;
}

export interface BusConnection {
  /**
   * Rejects where it is sure, or likely, that nobody gets the frame. Frames are at most 65,536 bytes long, are never
   * changed once they were handed over, and arrive later, never within this call.
   */
  publish(frame: Uint8Array): Promise<void>;
  /**
   * For a transport that rather carries few full frames than many: resolves when it likes the next one, `undefined` where
   * that is now. What has to leave at once does not ask.
   */
  untilNextFrame?(): Promise<void> | undefined;
  /** Idempotent. Nothing is told to the listener afterwards. */
  close(): Promise<void>;
}

/** What it throws is swallowed: it harms nobody. */
export interface BusListener {
  /** A frame as it was published. The bytes are the listener's only until it returns. */
  received(frame: Uint8Array): void;
  /** What is published from now on arrives; what was published before may be lost. */
  connected(): void;
  /** Until the next `connected`, nothing may arrive. */
  disconnected(): void;
  /** Where the store itself tells of writes: somebody, whoever it is, wrote these physical keys. */
  storeWrote(keys: readonly string[]): void;
}

/**
 * Tells the other processes that share a store what this one changed, so that their memory lets go of it. Nothing here
 * waits: what is told within one tick goes out in one frame.
 */
export interface Bus {
  /** Is there anybody to tell? False for the null object, and where the store itself tells of writes and nothing else can. */
  readonly isThere: boolean;
  /** Keys were written or deleted: loads of them that are under way anywhere have read an old source. */
  changed(namespace: string, keys: readonly string[]): void;
  /** What was loaded for these keys is stored: nothing changed at the source. */
  filled(namespace: string, keys: readonly string[]): void;
  /** Somebody waits for these names in vain: a lease was let go of, and nothing came of it. */
  released(namespace: string, names: readonly string[]): void;
  tagsInvalidated(namespace: string, tags: readonly string[], time: Millis, remove: boolean): void;
  cleared(namespace: string, time: Millis): void;
  /** A message of the user's own; rejects if it could not be handed to the transport. */
  publish(namespace: string, channel: string, message: Uint8Array): Promise<void>;
  /** From now on `member` hears what other processes tell of this namespace. */
  join(namespace: string, member: BusMember): void;
  close(): Promise<void>;
}

/** One namespace's ear: the other ends of what {@link Bus} tells. What it throws is swallowed. */
export interface BusMember {
  /** `stamp`: the sender's clock, which is later than the stamp of any write that it tells of. */
  changed(keys: readonly string[], stamp: Millis): void;
  filled(keys: readonly string[]): void;
  released(names: readonly string[]): void;
  tagsInvalidated(tags: readonly string[], time: Millis, remove: boolean): void;
  cleared(time: Millis): void;
  message(channel: string, message: Uint8Array): void;
}

/** Why something may have been missed, so that memory must not be trusted before the store has been asked. */
export type BusDoubt =
  /** The transport has begun to carry frames, or does so again. */
  | 'connected'
  /** Nothing is heard, from then on and at every tick until it is connected again. */
  | 'disconnected'
  /** A process was heard for the first time, and not from its first frame on. */
  | 'new-peer'
  /** A process was not heard any more. */
  | 'silence'
  /** A frame of a known process did not come. */
  | 'gap'
  /** A process could not tell all that it should have. */
  | 'new-epoch'
  /** A frame could not be read, or tells of what only later versions understand. */
  | 'unreadable'
  /** There are more processes than are kept in mind. */
  | 'too-many-peers'
  /** Somebody wrote the records of invalidations. */
  | 'records-written';

/** What a bus has to report of itself. */
export type BusFact =
  | { readonly type: 'connected' }
  | { readonly type: 'disconnected' }
  /** What was told waits, and is told again until that succeeds. Once an outage. */
  | { readonly type: 'publish-failed'; readonly error: Error }
  /** So much waited that it was dropped: the others will look into the store. */
  | { readonly type: 'overflow' }
  | { readonly type: 'unreadable'; readonly reason: string };

/** What a store tells of by its physical key (keys/namespace.ts). */
export interface PhysicalKey {
  /** What the bus knows the namespace by: all its physical keys begin with it. */
  readonly prefix: string;
  readonly key: string;
  /** It is no entry, but a record of invalidations. */
  readonly isRecord: boolean;
}
