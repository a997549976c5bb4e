import { randomBytes } from 'node:crypto';
import type { LockOptions } from '../contracts/lock.js';
import { ClosedError, InvalidOptionError } from '../errors.js';
import { checkKey } from '../keys/check-key.js';
import { type ResolvedLockOptions, resolveLockOptions } from '../options/lock-options.js';
import { acquireLease } from './acquire-lease.js';
import { holdLock, type LockedWork } from './hold-lock.js';
import type { LockKit } from './lock-kit.js';
import type { LockRequest } from './lock-request.js';
import { LockTurns } from './lock-turns.js';

/** `cache.lock`: waits for a lease, does the work under it, and lets go of it on every exit. */
export class Locks {
  readonly #kit: LockKit;
  readonly #turns: LockTurns;
  readonly #process = randomBytes(12).toString('base64url');
  #calls = 0;

  constructor(kit: LockKit) {
    this.#kit = kit;
    this.#turns = new LockTurns(kit.clock);
  }

  async lock<T>(name: string, given: LockOptions, work: LockedWork<T>): Promise<T> {
    checkKey(name);
    if (typeof work !== 'function') {
      throw new InvalidOptionError(
        "lock() takes a name, options and a function: lock('report', {}, async ({ signal }) => …).",
      );
    }
    const options = resolveLockOptions(given);
    options.signal?.throwIfAborted();
    const request = this.#request(name, options);
    try {
      const lease = await acquireLease(request, this.#kit);
      return await holdLock(request, lease, work, this.#kit);
    } finally {
      request.end();
    }
  }

  #request(name: string, options: ResolvedLockOptions): LockRequest {
    const lease = `lock:${name}`;
    const turn = this.#turns.join(lease);
    const control = new AbortController();
    const { signal } = options;
    const { closing } = this.#kit;
    const leave = () => control.abort(signal?.reason);
    const close = () => control.abort(new ClosedError());
    signal?.addEventListener('abort', leave);
    closing.addEventListener('abort', close);
    this.#calls++;
    return {
      name,
      lease,
      holder: `${this.#process}.${this.#calls.toString(36)}`,
      ...options,
      turn,
      control,
      end() {
        turn.end();
        signal?.removeEventListener('abort', leave);
        closing.removeEventListener('abort', close);
      },
    };
  }
}
