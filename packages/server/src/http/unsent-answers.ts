import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { endAsOnePiece, type TextEncoding } from './one-piece.js';

/** Bodies that were answered, and that their readers have not taken yet. */
export interface UnsentAnswers {
  /** Writes the body and ends the answer. A text is written in UTF-8, unless it says otherwise. */
  end(response: ServerResponse, body: string | Uint8Array, encoding?: TextEncoding): void;
}

/**
 * Readers that ask for much and take nothing would fill the memory of the process. So if more than `most` bytes wait,
 * those are cut off who have let theirs wait the longest. Their memory is free only when the system has closed their
 * sockets: if as much again waits for that, whoever comes next is cut off.
 */
export function createUnsentAnswers(most: number): UnsentAnswers {
  const waiting = new Map<ServerResponse, string | Uint8Array>();
  /** How many wait for the same bytes: what memory holds is sent to all readers as it is. */
  const readers = new Map<Uint8Array, number>();
  const ofConnections = new WeakMap<Socket, Set<ServerResponse>>();
  let bytes = 0;
  let cutBytes = 0;

  function add(response: ServerResponse, body: string | Uint8Array): void {
    waiting.set(response, body);
    const others = typeof body === 'string' ? 0 : (readers.get(body) ?? 0);
    if (others === 0) bytes += body.length;
    if (typeof body !== 'string') readers.set(body, others + 1);
  }

  function remove(response: ServerResponse): void {
    const body = waiting.get(response);
    if (body === undefined) return;
    waiting.delete(response);
    const others = typeof body === 'string' ? 0 : (readers.get(body) ?? 1) - 1;
    if (others === 0) bytes -= body.length;
    if (typeof body === 'string') return;
    if (others === 0) readers.delete(body);
    else readers.set(body, others);
  }

  /** The end of a connection is no event of the responses that have not had their turn on it. One listener for all. */
  function ofConnection(socket: Socket): Set<ServerResponse> {
    const known = ofConnections.get(socket);
    if (known !== undefined) return known;
    const responses = new Set<ServerResponse>();
    ofConnections.set(socket, responses);
    socket.once('close', () => {
      for (const response of responses) remove(response);
    });
    return responses;
  }

  function watch(response: ServerResponse, body: string | Uint8Array): void {
    const { socket } = response.req;
    // Of a connection that is over, nothing is kept, and no end will be told.
    if (response.writableLength === 0 || socket.destroyed) return;
    const others = ofConnection(socket).add(response);
    add(response, body);
    response.once('close', () => {
      others.delete(response);
      remove(response);
    });
  }

  function cut(response: ServerResponse): void {
    const { socket } = response.req;
    const before = bytes;
    remove(response);
    const freed = before - bytes;
    cutBytes += freed;
    socket.once('close', () => {
      cutBytes -= freed;
    });
    socket.destroy();
  }

  return {
    end(response, body, encoding = 'utf8') {
      if (bytes + cutBytes > 2 * most) {
        response.req.socket.destroy();
        return;
      }
      if (typeof body === 'string') endAsOnePiece(response, body, encoding);
      else response.end(body);
      watch(response, body);
      while (bytes > most) {
        const [oldest = response] = waiting.keys();
        cut(oldest);
      }
    },
  };
}
