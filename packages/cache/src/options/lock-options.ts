import type { LockOptions } from '../contracts/lock.js';
import type { Duration, Millis } from '../contracts/time.js';
import { InvalidOptionError } from '../errors.js';
import { parseDuration, parseWindow } from './duration.js';
import { refuseUnknownOptions } from './known-options.js';

export interface ResolvedLockOptions {
  readonly ttl: Millis;
  /** `Infinity` waits without an end. */
  readonly wait: Millis;
  readonly signal: AbortSignal | undefined;
}

/** Below this, an extension has no time to come in time. */
const shortestTtl = 100;

export function resolveLockOptions(options: LockOptions): ResolvedLockOptions {
  refuseUnknownOptions('lock()', options, ['ttl', 'wait', 'signal']);
  const { signal } = options;
  const ttl = leaseLife(options.ttl ?? '10s');
  const wait = parseWindow(options.wait ?? '15s', 'wait');
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new InvalidOptionError('signal is no AbortSignal: write signal: controller.signal.');
  }
  return { ttl, wait, signal };
}

/** How long a right outlives a holder that dies. */
export function leaseLife(ttl: Duration): Millis {
  const life = parseDuration(ttl, 'ttl');
  if (life === Number.POSITIVE_INFINITY) {
    throw new InvalidOptionError(
      "ttl is 'never', and a holder that dies would keep it for ever: write '10s', and extend it.",
    );
  }
  if (life < shortestTtl) {
    throw new InvalidOptionError(`ttl is ${life} ms, too short to be extended in time: write at least '100ms'.`);
  }
  return life;
}
