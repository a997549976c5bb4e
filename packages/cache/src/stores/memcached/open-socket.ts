import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ResolvedServer } from './options.js';

/** A socket on its way, and the event that says that it may be written to. */
export function openSocket({ host, port, tls }: ResolvedServer): {
  readonly socket: Socket;
  readonly readyEvent: string;
} {
  if (tls === undefined) return { socket: connect({ host, port }), readyEvent: 'connect' };
  // An address is no name that a server could be asked for (RFC 6066, section 3).
  const name = isIP(host) ? {} : { servername: host };
  return { socket: connectTls({ ...name, ...tls, host, port }), readyEvent: 'secureConnect' };
}
