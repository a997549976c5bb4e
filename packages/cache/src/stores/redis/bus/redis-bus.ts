import type { BusTransport } from '../../../contracts/bus.js';
import { type RedisServerOptions, resolveConnection } from '../options.js';
import { channelBeginning } from './channel.js';
import { checkChannel } from './options.js';
import { redisTransport } from './transport.js';

/** Where Redis is: exactly one of `url`, `client`, `cluster` and `sentinel`. */
export interface RedisBusTransportOptions extends Omit<RedisServerOptions, 'readFrom'> {
  /** Only caches that give the same hear each other; `'larder:bus'` unless given. */
  readonly channel?: string;
}

/**
 * Carries what the processes of a cache tell each other over Redis, for a cache whose entries are elsewhere. A
 * `redisStore` has a bus of its own.
 *
 * @example
 * const cache = createCache({ store: dynamoStore({ table: 'cache' }), bus: redisBus({ url: 'redis://localhost:6379' }) });
 * @throws InvalidOptionError that says what to write instead
 */
export function redisBus(options: RedisBusTransportOptions): BusTransport {
  const { channel = channelBeginning, random = Math.random } = options;
  checkChannel(channel);
  const connect = resolveConnection('redisBus', options);
  return redisTransport({
    async connect() {
      const connection = await connect();
      return { connection, release: () => connection.close() };
    },
    channelOn: () => channel,
    tracking: undefined,
    random,
  });
}
