import { connect } from 'node:net';

/**
 * Keeps `connections` busy with one request each for `millis`, over plain sockets, so that the client costs as little
 * as can be. Resolves with the number of answers; rejects if one is not a 200.
 *
 * The client never sleeps: on loopback it is the server's write that wakes a sleeping client, and on a virtual machine
 * that costs more than the request. It would be charged to whichever server lets the client sleep more.
 */
export async function requestsFor(millis, { port, path, headers, connections, method = 'GET', body = '' }) {
  const length = body === '' ? '' : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
  const head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${headers}${length}\r\n`;
  const request = Buffer.from(head + body);
  const end = performance.now() + millis;
  let isOver = false;
  const stayAwake = () => isOver || setImmediate(stayAwake);
  stayAwake();
  try {
    const counts = await Promise.all(Array.from({ length: connections }, () => askUntil(end, port, request)));
    return counts.reduce((sum, count) => sum + count, 0);
  } finally {
    isOver = true;
  }
}

function askUntil(end, port, request) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let answers = 0;
    let received = '';
    socket.on('connect', () => socket.write(request));
    socket.on('error', reject);
    socket.on('data', (data) => {
      received += data.toString('latin1');
      const headEnd = received.indexOf('\r\n\r\n');
      if (headEnd === -1) return;
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1]);
      if (received.length < headEnd + 4 + length) return;
      if (!received.startsWith('HTTP/1.1 200')) {
        reject(new Error(received.slice(0, 200)));
        socket.destroy();
        return;
      }
      received = '';
      answers++;
      if (performance.now() < end) {
        socket.write(request);
      } else {
        socket.destroy();
        resolve(answers);
      }
    });
  });
}
