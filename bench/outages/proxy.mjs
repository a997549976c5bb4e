import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** A TCP proxy on a loopback port that can delay what passes, or break off in the middle of a reply. */
export async function startProxy(targetPort) {
  let delayMillis = 0;
  let isBreaking = false;
  const sockets = new Set();
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    for (const socket of [client, target]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        target.destroy();
      });
    }
    client.on('data', (request) => target.write(request));
    target.on('data', (reply) => {
      if (isBreaking) {
        client.write(reply.subarray(0, reply.length >> 1));
        setTimeout(() => client.resetAndDestroy(), 1);
      } else if (delayMillis > 0) setTimeout(() => client.writable && client.write(reply), delayMillis);
      else client.write(reply);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: server.address().port,
    slowDown(millis) {
      delayMillis = millis;
    },
    breakReplies(on) {
      isBreaking = on;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
