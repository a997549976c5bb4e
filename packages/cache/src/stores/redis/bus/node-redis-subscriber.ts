import type { NodeRedisClient, NodeRedisSubscriber } from '../client-shape.js';
import type { Reply, Subscriber } from '../connection.js';

/** Blob strings ('$' in the protocol) as Buffers. */
const asBuffers = { typeMapping: { 36: Buffer } };

/** Like its model, but for what would make it do anything by itself, or ask for RESP3. */
function differences({ options }: NodeRedisClient) {
  return {
    RESP: 2,
    maintNotifications: 'disabled',
    clientSideCache: undefined,
    emitInvalidate: false,
    disableOfflineQueue: false,
    pingInterval: undefined,
    socket: { ...options?.socket, reconnectStrategy: false, connectTimeout: 5_000, socketTimeout: undefined },
  };
}

/** @throws the client's own error if it cannot connect */
export async function nodeRedisSubscriber(model: NodeRedisClient, end: AbortSignal): Promise<Subscriber> {
  const client = model.duplicate(differences(model) as never) as NodeRedisSubscriber;
  const close = () => {
    // Some versions throw when there is nothing left to destroy.
    try {
      client.destroy();
    } catch {}
  };
  const lost = new Promise<unknown>((resolve) => {
    const lose = (error: unknown) => {
      resolve(error ?? new Error('The connection was closed.'));
      close();
    };
    client.on('error', lose);
    client.on('end', lose);
    // The slot of a sharded channel has gone to another node.
    client.on('sharded-channel-moved', () => lose(new Error('MOVED')));
  });
  end.addEventListener('abort', close);
  await client.connect();
  const send = (command: string, args: (string | Buffer)[]) =>
    client.sendCommand([command, ...args], asBuffers) as Promise<Reply>;
  return {
    send,
    async subscribe(channel, command, heard) {
      if (command === 'SUBSCRIBE') await client.subscribe(channel, heard, true);
      else await client.sSubscribe(channel, heard, true);
    },
    ping: () => send('PING', []),
    lost,
  };
}
