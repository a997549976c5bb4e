import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Limits } from '../limits.js';
import { rawProblem } from './client-error.js';

/** Ends connections that nothing moves on any more, and those that are meant to become something else. */
export function guardConnections(server: Server, { silenceTimeout }: Pick<Limits, 'silenceTimeout'>): void {
  server.timeout = silenceTimeout;
  // Node drops what is beyond its limit without a word, such as a condition. Whoever has so many is refused instead.
  server.maxHeadersCount = 0;
  server.on('connect', refuseTunnel);
}

/** RFC 9110, 9.3.6. Without this, Node would end the connection without a word. */
function refuseTunnel(_request: IncomingMessage, socket: Duplex): void {
  socket.on('error', () => socket.destroy());
  socket.end(rawProblem('invalid_request', 'This is no proxy: the request target must begin with a slash.'), () =>
    socket.destroy(),
  );
}
