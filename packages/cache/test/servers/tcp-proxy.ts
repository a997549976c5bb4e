import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from './free-port.js';
import { MessageFilter, subscribes } from './message-filter.js';

/** A way to a server that can be disturbed, for those alone who take it. What is disturbed stays so until it is healed. */
export interface TcpProxy {
  readonly port: number;
  /** Breaks every connection, once. */
  reset(): void;
  /** Breaks every connection, and each new one at once. */
  cut(): void;
  /** Accepts connections and passes nothing on, either way. What was sent meanwhile arrives when it is healed. */
  blackHole(): void;
  /** What passes takes that much longer, each way. */
  delay(milliseconds: number): void;
  /** Messages of publish and subscribe, and invalidations of CLIENT TRACKING, do not arrive. */
  dropMessages(): void;
  heal(): void;
  stop(): Promise<void>;
}

interface Disturbance {
  isCut: boolean;
  isStalled: boolean;
  isDroppingMessages: boolean;
  delay: number;
}

const undisturbed: Disturbance = { isCut: false, isStalled: false, isDroppingMessages: false, delay: 0 };

/** A proxy of the loopback interface before the server on `targetPort`. */
export async function startTcpProxy(targetPort: number): Promise<TcpProxy> {
  const port = await freePort();
  const now = { ...undisturbed };
  const open = new Set<Link>();
  const server = createServer((client) => {
    const link = new Link(client, targetPort, now);
    open.add(link);
    client.once('close', () => open.delete(link));
    if (now.isCut) link.reset();
  }).listen(port, '127.0.0.1');
  await once(server, 'listening');
  const reset = () => {
    for (const link of open) link.reset();
  };
  const become = (change: Partial<Disturbance>) => {
    Object.assign(now, change);
    for (const link of open) link.follow();
  };
  return {
    port,
    reset,
    cut() {
      become({ isCut: true });
      reset();
    },
    blackHole: () => become({ isStalled: true }),
    delay: (milliseconds) => become({ delay: milliseconds }),
    dropMessages: () => become({ isDroppingMessages: true }),
    heal: () => become(undisturbed),
    async stop() {
      reset();
      await closed(server);
    },
  };
}

async function closed(server: Server): Promise<void> {
  server.close();
  await once(server, 'close');
}

/** One connection and its continuation to the server. */
class Link {
  readonly #client: Socket;
  readonly #target: Socket;
  readonly #now: Readonly<Disturbance>;
  #filter: MessageFilter | undefined;

  constructor(client: Socket, targetPort: number, now: Readonly<Disturbance>) {
    this.#client = client;
    this.#target = connect(targetPort, '127.0.0.1');
    this.#now = now;
    const requests = new Lane(this.#target, now);
    const replies = new Lane(client, now);
    for (const socket of [client, this.#target]) {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      socket.on('close', () => this.reset());
    }
    client.on('data', (chunk) => {
      if (this.#filter === undefined && subscribes(chunk)) this.#filter = new MessageFilter();
      requests.pass(chunk);
    });
    this.#target.on('data', (chunk) => {
      // Also while nothing is dropped: a message must be dropped as a whole.
      const kept = this.#filter === undefined ? chunk : this.#filter.pass(chunk, now.isDroppingMessages);
      if (kept.length > 0) replies.pass(kept);
    });
    this.follow();
  }

  follow(): void {
    for (const socket of [this.#client, this.#target]) {
      if (this.#now.isStalled) socket.pause();
      else socket.resume();
    }
  }

  reset(): void {
    for (const socket of [this.#client, this.#target]) if (!socket.destroyed) socket.resetAndDestroy();
  }
}

/** One direction: what comes in first goes out first, also when the delay grows shorter. */
class Lane {
  readonly #to: Socket;
  readonly #now: Readonly<Disturbance>;
  #waiting = 0;

  constructor(to: Socket, now: Readonly<Disturbance>) {
    this.#to = to;
    this.#now = now;
  }

  pass(chunk: Buffer): void {
    if (this.#now.delay === 0 && this.#waiting === 0) {
      this.#to.write(chunk);
      return;
    }
    this.#waiting++;
    const earlier = this.#last;
    this.#last = Promise.all([earlier, elapsed(this.#now.delay)]).then(() => {
      this.#waiting--;
      if (!this.#to.destroyed) this.#to.write(chunk);
    });
  }

  #last: Promise<unknown> = Promise.resolve();
}

function elapsed(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
