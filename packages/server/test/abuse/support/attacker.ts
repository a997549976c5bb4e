import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { apiKey } from '../../support/service-process.js';

/** A connection under the hand of somebody who means no good. */
export interface Attacker {
  readonly socket: Socket;
  /** What it got so far. */
  received(): string;
  /** The status lines of all answers that it got. */
  statuses(): readonly number[];
  /** Resolves with how many milliseconds after its beginning the connection has ended. */
  readonly ended: Promise<number>;
}

export const head = `Host: larder\r\nAuthorization: Bearer ${apiKey}\r\n`;

/** @param allowHalfOpen - it goes on reading after it has said that it sends no more, and the other way round */
export async function attack(port: number, bytes: string | Buffer = '', allowHalfOpen = true): Promise<Attacker> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen });
  const chunks: Buffer[] = [];
  const begun = performance.now();
  // A connection that the service has cut is reset, or ends: both are its end.
  socket.on('error', () => {});
  socket.on('data', (data) => chunks.push(data));
  const ended = new Promise<number>((resolve) => {
    const over = () => {
      resolve(performance.now() - begun);
      socket.destroy();
    };
    socket.on('end', over).on('close', over);
  });
  await once(socket, 'connect');
  if (bytes.length > 0) socket.write(bytes);
  const received = () => Buffer.concat(chunks).toString('latin1');
  return {
    socket,
    received,
    ended,
    statuses: () => Array.from(received().matchAll(/HTTP\/1\.1 (\d{3}) /g), ([, status]) => Number(status)),
  };
}

/** Sends a byte now and then until the connection ends. */
export function drip({ socket }: Attacker, bytes: string, every: number): void {
  let at = 0;
  const timer = setInterval(() => socket.write(bytes[at++ % bytes.length] ?? 'x'), every);
  socket.on('close', () => clearInterval(timer));
}

/** Latencies in milliseconds of requests that follow one another. */
export async function latencies(count: number, request: () => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  for (let turn = 0; turn < count; turn++) {
    const begun = performance.now();
    await request();
    times.push(performance.now() - begun);
  }
  return times.sort((one, other) => one - other);
}

export function quantile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}
