import type { LoadLease, LoadLeaseAnswer, LoadLeases, SeenInStore } from '../contracts/lease.js';
import type { Found } from '../contracts/tier.js';
import type { Cancel, Millis } from '../contracts/time.js';
import { LoaderTimeoutError } from '../errors.js';
import { pollDelayAfter } from '../policy/backoff.js';
import { isFresh } from '../policy/lifetime.js';
import { cachedOutcome } from './cached-outcome.js';
import type { Flight } from './flight.js';
import { LoadFailure } from './load-failure.js';
import type { LoadFn, LoadKit, LoadLayer, LoadOutcome, LoadRequest } from './load-layer.js';
import { LoadSlots } from './load-slots.js';

/**
 * One load a key among all processes. Who does not get the lease waits until its holder has stored something, woken by
 * the bus or looking again by itself. Where the store cannot say who may load, this process goes on alone, with a bound
 * on how many load at a time: nobody waits for a right that cannot be had.
 */
export const clusterLease: LoadLayer = (next, kit) => {
  const { leases } = kit.tiers;
  if (leases === undefined) return next;
  const slots = new LoadSlots(kit.lease.loadsWithoutStore);
  return (request) => {
    const { flight } = request;
    return flight === undefined ? next(request) : new LeasedLoad(next, kit, leases, slots, request, flight).run();
  };
};

/** One load of the flight that leads in this process. */
class LeasedLoad {
  readonly #next: LoadFn;
  readonly #kit: LoadKit;
  readonly #leases: LoadLeases;
  readonly #slots: LoadSlots;
  readonly #request: LoadRequest;
  readonly #flight: Flight<LoadOutcome>;

  constructor(
    next: LoadFn,
    kit: LoadKit,
    leases: LoadLeases,
    slots: LoadSlots,
    request: LoadRequest,
    flight: Flight<LoadOutcome>,
  ) {
    this.#next = next;
    this.#kit = kit;
    this.#leases = leases;
    this.#slots = slots;
    this.#request = request;
    this.#flight = flight;
  }

  async run(): Promise<LoadOutcome> {
    const request = this.#request;
    const { reason, cached } = request;
    let isForced = reason === 'forced';
    let seen = isForced ? 'unknown' : seenInStore(cached, 'nothing');
    for (let attempt = 0; ; attempt++) {
      const answer = await this.#ask(seen, isForced);
      if (answer.kind === 'held') return this.#loadUnder(answer.lease);
      this.#refuseIfAborted();
      if (answer.kind === 'unknown') return this.#slots.run(this.#flight.signal, () => this.#next(request));
      if (answer.kind === 'found') {
        const found = await this.#find();
        if (found !== undefined) return cachedOutcome(found);
        // Gone again, or nothing that this process can read: it is replaced.
        isForced = true;
      } else {
        const left = this.#timeLeft();
        if (left <= 0) return this.#next({ ...request, lease: 'overdue' });
        await this.#wait(attempt, Math.min(answer.until - this.#kit.clock.now(), left));
      }
      seen = seenInStore(cached, 'unknown');
    }
  }

  /** Who has just waited for the store in vain does not wait once more. */
  async #ask(seen: SeenInStore, isForced: boolean): Promise<LoadLeaseAnswer> {
    if (!this.#kit.tiers.isAnswering) return { kind: 'unknown' };
    return this.#leases.take(this.#request.key, this.#flight.startedAt, seen, isForced);
  }

  async #loadUnder(lease: LoadLease): Promise<LoadOutcome> {
    const { background } = this.#kit;
    const stopExtending = this.#keepExtending(lease);
    const { signal } = this.#flight;
    let isOver = false;
    const letGo = (isStored: boolean) => {
      if (isOver) return;
      isOver = true;
      stopExtending();
      signal.removeEventListener('abort', giveUp);
      if (!(isStored && lease.endsWithStoring)) background(lease.release());
    };
    // A loader that does not listen may run on for ever, and what is overtaken is not stored: others need not wait for it.
    const giveUp = () => letGo(false);
    this.#flight.whenOvertaken(giveUp);
    signal.addEventListener('abort', giveUp);
    if (signal.aborted) giveUp();
    let isStored = false;
    try {
      this.#refuseIfAborted();
      const outcome = await this.#next({ ...this.#request, lease });
      isStored = outcome.freshUntil !== undefined;
      return outcome;
    } finally {
      letGo(isStored);
    }
  }

  /** Without it, whoever waits would load as well, and what comes of this load would not be stored. */
  #keepExtending(lease: LoadLease): () => void {
    const { clock, background, lease: options } = this.#kit;
    let cancel: Cancel;
    let isStopped = false;
    const extend = async (): Promise<void> => {
      const isHeld = await lease.extend();
      if (!isStopped && isHeld !== false) schedule();
    };
    const schedule = () => {
      cancel = clock.schedule(() => background(extend()), options.life / 3);
    };
    schedule();
    return () => {
      isStopped = true;
      cancel();
    };
  }

  /** What another process has loaded meanwhile. */
  async #find(): Promise<Found | undefined> {
    const { tiers, clock } = this.#kit;
    const { key, cached } = this.#request;
    const found = await tiers.find(key);
    const isOther = found !== undefined && found.entry.version !== cached?.entry.version;
    return isOther && isFresh(found.entry, clock.now()) ? found : undefined;
  }

  async #wait(attempt: number, longest: Millis): Promise<void> {
    const delay = Math.min(pollDelayAfter(attempt + 1, this.#kit.random()), Math.max(longest, 1));
    await this.#leases.wait(this.#request.key, delay, this.#flight.signal);
    this.#refuseIfAborted();
  }

  /** @throws LoadFailure once the time for the whole load is over */
  #timeLeft(): Millis {
    const { key, options } = this.#request;
    const { clock, lease } = this.#kit;
    const { hardTimeout } = options.manner;
    const waited = clock.now() - this.#flight.begunAt;
    if (waited >= hardTimeout) throw new LoadFailure(new LoaderTimeoutError(key, hardTimeout), waited, this.#flight);
    return Math.min(lease.wait, hardTimeout) - waited;
  }

  #refuseIfAborted(): void {
    if (this.#flight.isAborted) throw this.#flight.signal.reason;
  }
}

function seenInStore(cached: Found | undefined, otherwise: 'nothing' | 'unknown'): SeenInStore {
  return cached === undefined ? otherwise : { version: cached.entry.version };
}
