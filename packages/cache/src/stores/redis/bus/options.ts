import { InvalidOptionError } from '../../../errors.js';

/** How the processes that share a store tell each other of writes. */
export type RedisBusOptions =
  /** Processes of Larder tell each other by messages of a channel. */
  | 'pubsub'
  /** As well as that, Redis tells of everybody's writes, those of redis-cli too (CLIENT TRACKING). */
  | 'tracking'
  | {
      readonly kind?: 'pubsub' | 'tracking';
      /** `larder:bus:<prefix>` unless given, with `@<database>` behind it where that is not 0. */
      readonly channel?: string;
    }
  | false;

export interface BusSettings {
  readonly tracking: boolean;
  readonly channel: string | undefined;
}

const kinds: readonly unknown[] = ['pubsub', 'tracking'];

/** @throws InvalidOptionError that says what to write instead */
export function resolveBus(options: RedisBusOptions | undefined): BusSettings | undefined {
  if (options === false) return undefined;
  const given = typeof options === 'string' ? { kind: options } : (options ?? {});
  const { kind = 'pubsub', channel } = given;
  if (typeof given !== 'object' || !kinds.includes(kind)) {
    throw new InvalidOptionError(
      "redisStore: bus must be 'pubsub', 'tracking', { kind, channel } or false, and its kind one of the first two.",
    );
  }
  if (channel !== undefined) checkChannel(channel);
  return { tracking: kind === 'tracking', channel };
}

/** @throws InvalidOptionError */
export function checkChannel(channel: unknown): asserts channel is string {
  if (typeof channel === 'string' && /^[^{}]{1,256}$/.test(channel) && channel.isWellFormed()) return;
  throw new InvalidOptionError(
    "The channel of a Redis bus must be text of 1 to 256 characters without braces, such as 'larder:bus:shop'.",
  );
}
