import type { BusConnection, BusListener, BusTransport } from '../../../contracts/bus.js';
import type { RedisConnection } from '../connection.js';
import { Listening } from './listening.js';

export interface TransportParts {
  /** The connection to publish on, and what to do when it is not needed any more. */
  connect(): Promise<{ readonly connection: RedisConnection; release(): Promise<void> }>;
  channelOn(connection: RedisConnection): string;
  readonly tracking: TrackedKeys | undefined;
  readonly random: () => number;
}

export interface TrackedKeys {
  beginningOn(connection: RedisConnection): string;
  /** The key as its writer named it; `undefined` if that is no entry. */
  keyIn(physical: string): string | undefined;
}

export interface RedisBusTransport extends BusTransport {
  /** Closes whatever is still open. */
  closeAll(): Promise<void>;
}

export function redisTransport(parts: TransportParts): RedisBusTransport {
  const open = new Set<BusConnection>();
  return {
    name: parts.tracking === undefined ? 'redis' : 'redis-tracking',
    open(listener: BusListener) {
      const listening = new Listening(parts, listener);
      const connection: BusConnection = {
        publish: (frame) => listening.publish(frame),
        close() {
          open.delete(connection);
          return listening.close();
        },
      };
      open.add(connection);
      return connection;
    },
    async closeAll() {
      await Promise.all([...open].map((connection) => connection.close()));
    },
  };
}
