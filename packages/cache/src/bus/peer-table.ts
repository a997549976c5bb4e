import type { BusDoubt } from '../contracts/bus.js';
import type { Millis } from '../contracts/time.js';
import type { FrameHeader } from './frame-layout.js';

/** What is known of another process. */
export interface Peer {
  epoch: number;
  /** The sequence number that is expected next. */
  next: number;
  /** Numbers below it that have not come, the latest of them at the end. */
  missing: number[];
  /** Ticks since it was heard, and after how many it is silent. */
  quietFor: number;
  patience: number;
  /** It has not been heard, nor found silent, since {@link PeerTable.awaitAll}. */
  isAwaited: boolean;
}

export interface Verdict {
  /** False for what was applied before. */
  readonly isNews: boolean;
  /** Why something may have been missed. */
  readonly doubt: BusDoubt | undefined;
}

/** What a frame with this epoch and number says, given what is known of its sender. */
export function verdictOn(peer: Peer | undefined, { epoch, sequence }: FrameHeader): Verdict {
  if (peer === undefined) return { isNews: true, doubt: sequence === 0 && epoch === 0 ? undefined : 'new-peer' };
  return {
    isNews: sequence >= peer.next || peer.missing.includes(sequence),
    doubt: epoch > peer.epoch ? 'new-epoch' : sequence > peer.next ? 'gap' : undefined,
  };
}

export interface PeerTableOptions {
  /** The time between two calls of {@link PeerTable.tick}. */
  readonly tick: Millis;
  readonly peersAtMost?: number;
}

/** Silent is who was not heard for so many of its own heartbeats. */
const heartbeatsToSilence = 3;
/**
 * Whoever is silent may be dead, or cut off and go on writing. So there is doubt again every second, for a minute: what
 * it writes meanwhile is seen, and if it dies before it is heard again, it leaves nothing old behind.
 */
const doubtedEvery: Millis = 1_000;
const doubtedFor: Millis = 60_000;
const missingAtMost = 64;

/**
 * The other processes, and which of their frames came. Time is counted in ticks, not read from a clock: a process that
 * stood still has missed ticks as well as frames, and takes nobody for silent because of it.
 */
export class PeerTable {
  readonly #peers = new Map<string, Peer>();
  readonly #tick: Millis;
  readonly #atMost: number;

  constructor({ tick, peersAtMost = 4_096 }: PeerTableOptions) {
    this.#tick = tick;
    this.#atMost = peersAtMost;
  }

  get size(): number {
    return this.#peers.size;
  }

  /** Takes note of a frame. */
  hear(header: FrameHeader): Verdict {
    const peer = this.#peers.get(header.node);
    const verdict = verdictOn(peer, header);
    if (header.isBye) {
      this.#peers.delete(header.node);
      return verdict;
    }
    if (peer !== undefined) {
      noteFrame(peer, header);
      peer.patience = this.#patienceWith(header);
      return verdict;
    }
    const isOneTooMany = this.#peers.size >= this.#atMost && this.#forgetQuietest();
    const { epoch, sequence } = header;
    const patience = this.#patienceWith(header);
    const isAwaited = false;
    this.#peers.set(header.node, { epoch, next: sequence + 1, missing: [], quietFor: 0, patience, isAwaited });
    return isOneTooMany ? { isNews: true, doubt: 'too-many-peers' } : verdict;
  }

  /** Frames may have been missed by this process alone: who sent them repeats them when it speaks again. */
  awaitAll(): void {
    for (const peer of this.#peers.values()) peer.isAwaited = true;
  }

  get awaitsSomebody(): boolean {
    for (const { isAwaited } of this.#peers.values()) if (isAwaited) return true;
    return false;
  }

  /** Lets a tick pass, and answers whether somebody's silence is cause to doubt. */
  tick(): boolean {
    const every = Math.max(1, Math.round(doubtedEvery / this.#tick));
    let isSilence = false;
    for (const [node, peer] of this.#peers) {
      const silentFor = ++peer.quietFor - peer.patience;
      if (silentFor >= 0) peer.isAwaited = false;
      if (silentFor >= 0 && silentFor % every === 0) isSilence = true;
      if (silentFor * this.#tick >= doubtedFor) this.#peers.delete(node);
    }
    return isSilence;
  }

  #patienceWith({ heartbeat }: FrameHeader): number {
    // The first tick may follow at once upon the frame.
    return Math.max(2, Math.ceil((heartbeatsToSilence * heartbeat) / this.#tick));
  }

  /** It will be doubted when it speaks again. */
  #forgetQuietest(): boolean {
    let quietest: string | undefined;
    let quietFor = -1;
    for (const [node, peer] of this.#peers) {
      if (peer.quietFor > quietFor) [quietest, quietFor] = [node, peer.quietFor];
    }
    return quietest !== undefined && this.#peers.delete(quietest);
  }
}

function noteFrame(peer: Peer, { epoch, sequence }: FrameHeader): void {
  peer.quietFor = 0;
  peer.isAwaited = false;
  peer.epoch = Math.max(peer.epoch, epoch);
  if (sequence < peer.next) {
    peer.missing = peer.missing.filter((missing) => missing !== sequence);
    return;
  }
  for (let at = Math.max(peer.next, sequence - missingAtMost); at < sequence; at++) peer.missing.push(at);
  if (peer.missing.length > missingAtMost) peer.missing.splice(0, peer.missing.length - missingAtMost);
  peer.next = sequence + 1;
}
