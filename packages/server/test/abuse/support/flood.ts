import { once } from 'node:events';
import { connect } from 'node:net';

/** Requests of one tenant on many connections, each sent as soon as the one before it is answered. */
export interface Flood {
  /** Resolves when all that was sent has been answered. */
  pause(): Promise<void>;
  resume(): void;
  stop(): void;
  admitted(): number;
  denied(): number;
  /** For how long it was not paused. */
  seconds(): number;
}

export async function startFlood(port: number, key: string, connections: number): Promise<Flood> {
  const request = `GET /v1/cache/absent HTTP/1.1\r\nHost: larder\r\nX-API-Key: ${key}\r\n\r\n`;
  let admitted = 0;
  let denied = 0;
  let isPaused = false;
  let began = performance.now();
  let spent = 0;
  const idle = new Set<() => void>();
  let allAreIdle = () => {};
  const sockets = await Promise.all(
    Array.from({ length: connections }, async () => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      await once(socket, 'connect');
      const send = () => socket.write(request);
      // Each answer comes in one piece: it is small, and the only one under way.
      socket.on('data', (data) => {
        if (data.toString('latin1').startsWith('HTTP/1.1 429')) denied++;
        else admitted++;
        if (!isPaused) send();
        else if (idle.add(send).size === connections) allAreIdle();
      });
      send();
      return socket;
    }),
  );
  return {
    pause() {
      isPaused = true;
      return new Promise((resolve) => {
        allAreIdle = () => {
          spent += performance.now() - began;
          resolve();
        };
      });
    },
    resume() {
      isPaused = false;
      began = performance.now();
      for (const send of idle) send();
      idle.clear();
    },
    stop() {
      for (const socket of sockets) socket.destroy();
    },
    admitted: () => admitted,
    denied: () => denied,
    seconds: () => (spent + (isPaused ? 0 : performance.now() - began)) / 1_000,
  };
}
