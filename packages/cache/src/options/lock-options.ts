import type { LockOptions } from '../contracts/lock.js';
import type { Millis } from '../contracts/time.js';
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
  const ttl = parseDuration(options.ttl ?? '10s', 'ttl');
  const wait = parseWindow(options.wait ?? '15s', 'wait');
  if (ttl === Number.POSITIVE_INFINITY) {
    throw new InvalidOptionError(
      "ttl is 'never', and a holder that dies would keep the lock for ever: write '10s'. It is extended by itself.",
    );
  }
  if (ttl < shortestTtl) {
    throw new InvalidOptionError(`ttl is ${ttl} ms, too short to be extended in time: write at least '100ms'.`);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new InvalidOptionError('signal is no AbortSignal: write signal: controller.signal.');
  }
  return { ttl, wait, signal };
}
