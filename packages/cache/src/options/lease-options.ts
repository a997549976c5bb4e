import type { Duration, Millis } from '../contracts/time.js';
import { InvalidOptionError } from '../errors.js';
import { parseDuration } from './duration.js';
import { refuseUnknownOptions } from './known-options.js';

/** How the processes that share a store agree on who loads a key (docs/leases.md). */
export interface LeaseOptions {
  /**
   * How long a process that is gone keeps the others from loading; who is there extends its lease as long as the load
   * takes. Default `'3s'`.
   */
  readonly life?: Duration;
  /** How long to wait for another process; then this one loads too, and keeps what it gets in memory. Default `'10s'`. */
  readonly wait?: Duration;
  /** How many keys are loaded at a time while the store cannot say who may. Default 100. */
  readonly loadsWithoutStore?: number;
}

export interface ResolvedLeaseOptions {
  readonly life: Millis;
  readonly wait: Millis;
  readonly loadsWithoutStore: number;
}

const shortestLife = 100;

export function resolveLeaseOptions(options: LeaseOptions): ResolvedLeaseOptions {
  refuseUnknownOptions('lease', options, ['life', 'wait', 'loadsWithoutStore']);
  const { life = '3s', wait = '10s', loadsWithoutStore = 100 } = options;
  if (!Number.isSafeInteger(loadsWithoutStore) || loadsWithoutStore < 1) {
    const given = String(loadsWithoutStore);
    throw new InvalidOptionError(`lease.loadsWithoutStore is ${given}: write a whole number from 1 on.`);
  }
  const resolved = { life: parseDuration(life, 'lease.life'), wait: parseDuration(wait, 'lease.wait') };
  if (resolved.life < shortestLife || resolved.life === Number.POSITIVE_INFINITY) {
    throw new InvalidOptionError(`lease.life is '${life}': write '${shortestLife}ms' or more, and not 'never'.`);
  }
  return Object.freeze({ ...resolved, loadsWithoutStore });
}
