import type { IoredisClient, IoredisSubscriberOptions } from '../client-shape.js';
import type { Reply, Subscriber } from '../connection.js';

/** Like its model, but for what would make it do anything by itself. */
const differences: IoredisSubscriberOptions = {
  // In RESP3 ioredis drops what CLIENT TRACKING tells.
  protocol: 2,
  replyMapping: 'legacy',
  lazyConnect: true,
  enableOfflineQueue: true,
  autoResubscribe: false,
  autoResendUnfulfilledCommands: false,
  enableAutoPipelining: false,
  connectTimeout: 5_000,
  // Close at once: a frozen server would not say good-bye.
  disconnectTimeout: 0,
  maxRetriesPerRequest: 0,
  retryStrategy: () => null,
  reconnectOnError: null,
  sentinelRetryStrategy: () => null,
};

/** Connects when it is first asked for something. */
export function ioredisSubscriber(model: IoredisClient, end: AbortSignal): Subscriber {
  const client = model.duplicate(differences);
  const heard = new Map<string, (message: Reply) => void>();
  const hear = (channel: Buffer, message: unknown) => heard.get(channel.toString())?.(message as Reply);
  client.on('messageBuffer', hear);
  client.on('smessageBuffer', hear);
  end.addEventListener('abort', () => client.disconnect());

  let reason: unknown;
  const lost = new Promise<unknown>((resolve) => {
    const lose = (error: unknown) => {
      reason ??= error;
      resolve(reason ?? new Error('Connection is closed.'));
      client.disconnect();
    };
    client.on('error', lose);
    client.on('end', lose);
    // The slot of a sharded channel has gone to another node.
    client.on('moved', () => lose(new Error('MOVED')));
  });

  const ask = async (command: string, args: unknown[]): Promise<Reply> => {
    try {
      return (await client.callBuffer(command.toLowerCase(), args)) as Reply;
    } catch (error) {
      // What waits for a connection is only told that there is none.
      throw reason ?? error;
    }
  };
  return {
    send: ask,
    async subscribe(channel, command, listener) {
      heard.set(channel, listener);
      await ask(command, [channel]);
    },
    ping: () => ask('PING', []),
    lost,
  };
}
