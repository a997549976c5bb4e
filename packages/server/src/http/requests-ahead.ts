import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { hasField } from './plain-fields.js';

const newest = Symbol('newest response');

type Connection = Socket & { [newest]?: ServerResponse };

/** Requests of one connection whose answers wait for the answer of an earlier one. */
interface Ahead {
  underWay: number;
  readonly waiting: (() => void)[];
}

/**
 * A client may send requests before the answers to earlier ones are there (RFC 9112, 9.3.2), some hundreds in one
 * packet, and each answer stays in memory until all before it have been taken. So no more than `most` of a connection
 * are begun ahead of their turn, and while others wait, the connection is not read.
 */
export function takeInTurn(listener: RequestListener, most: number): RequestListener {
  const connections = new WeakMap<Socket, Ahead>();

  function aheadOf(socket: Socket): Ahead {
    const known = connections.get(socket) ?? { underWay: 0, waiting: [] };
    connections.set(socket, known);
    return known;
  }

  function takeAhead(request: IncomingMessage, response: ServerResponse, socket: Socket): void {
    const ahead = aheadOf(socket);
    let isBegun = false;
    const begin = () => {
      isBegun = true;
      if (!socket.destroyed) listener(request, response);
    };
    // Node gives a response its socket when all before it have been sent.
    response.once('socket', () => {
      if (isBegun) ahead.underWay--;
      else {
        // The others wait behind this one.
        ahead.waiting.shift();
        begin();
      }
      beginMore(ahead, socket);
    });
    if (ahead.underWay < most && ahead.waiting.length === 0) {
      ahead.underWay++;
      begin();
    } else {
      ahead.waiting.push(begin);
      holdBack(socket);
    }
  }

  function beginMore(ahead: Ahead, socket: Socket): void {
    if (ahead.waiting.length === 0) return;
    while (ahead.underWay < most && ahead.waiting.length > 0) {
      ahead.underWay++;
      ahead.waiting.shift()?.();
    }
    if (ahead.waiting.length === 0) readOn(socket);
  }

  return (request, response) => {
    const socket: Connection = request.socket;
    socket[newest] = response;
    // It is answered as any other, but Node loses what follows it in the same packet: so nothing may follow it.
    if (hasField(request.rawHeaders, 'upgrade')) response.shouldKeepAlive = false;
    if (response.socket === null) takeAhead(request, response, socket);
    else listener(request, response);
  };
}

/** Node reads on after each message, so it does not help to pause a connection once. */
function holdBack(socket: Socket): void {
  socket.resume = () => socket;
  socket.pause();
}

function readOn(socket: Socket): void {
  Reflect.deleteProperty(socket, 'resume');
  socket.resume();
}

/**
 * Calls `task` when what it writes to a connection comes behind the answers to all requests that came whole, and can be
 * no part of one; never, where that cannot be.
 */
export function behindAnswers(socket: Socket, task: () => void): void {
  const response = (socket as Connection)[newest];
  if (response === undefined || response.closed) task();
  else if (response.req.complete) response.once('close', () => (response.writableFinished ? task() : socket.destroy()));
  else if (response.headersSent) socket.destroy();
  else if (response.socket === null) response.once('socket', task);
  else task();
}
