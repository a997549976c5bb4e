import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as elapsed } from 'node:timers/promises';
import type { Random } from '../../src/testing/seeded-random.js';
import type { FaultRecord } from '../history/history.js';
import type { RedisServer } from '../servers/redis.js';
import { instant } from './history-book.js';
import type { Worker } from './worker-process.js';

/** What faults happen to. */
export interface World {
  readonly redis: RedisServer;
  readonly workers: readonly Worker[];
  readonly chapter: string;
  readonly random: Random;
}

/** Does its harm and takes it back, in some seconds. */
export interface Fault {
  readonly kind: string;
  happen(world: World): Promise<Pick<FaultRecord, 'emptied'> | undefined>;
}

/** Faults that some processes have, but not all. */
export const partialFaults: readonly Fault[] = [
  onSome('processes partitioned', async ({ proxy }, random) => {
    proxy.blackHole();
    await elapsed(between(random, 700, 3_500));
    // Some connections go on where they were, some were given up meanwhile.
    if (random() < 0.5) proxy.reset();
    proxy.heal();
  }),
  onSome('processes refused', async ({ proxy }, random) => {
    proxy.cut();
    await elapsed(between(random, 700, 3_000));
    proxy.heal();
  }),
  onSome('connections reset', async ({ proxy }, random) => {
    for (let times = between(random, 1, 5); times > 0; times--) {
      proxy.reset();
      await elapsed(between(random, 0, 300));
    }
  }),
  onSome('replies late', async ({ proxy }, random) => {
    proxy.delay(between(random, 20, 300));
    await elapsed(between(random, 1_000, 3_000));
    proxy.heal();
  }),
  onSome('bus messages dropped', async ({ proxy }, random) => {
    proxy.dropMessages();
    await elapsed(between(random, 100, 3_000));
    proxy.heal();
  }),
  onSome('processes frozen', async (worker, random) => {
    worker.freeze();
    await elapsed(between(random, 300, 3_000));
    worker.thaw();
  }),
];

export const faults: readonly Fault[] = [
  ...partialFaults,
  {
    kind: 'Redis killed, restarted empty',
    async happen({ redis, random }) {
      const from = instant();
      await redis.kill();
      await redis.erase();
      await elapsed(between(random, 300, 2_500));
      await redis.restart();
      return { emptied: { from, until: instant() } };
    },
  },
  {
    kind: 'Redis killed, restarted with its data',
    async happen({ redis, random }) {
      await redis.kill();
      await elapsed(between(random, 0, 2_500));
      await redis.restart();
    },
  },
  {
    kind: 'Redis frozen',
    async happen({ redis, random }) {
      redis.freeze();
      await elapsed(between(random, 700, 3_000));
      redis.thaw();
    },
  },
  {
    kind: 'subscribers disconnected',
    async happen({ redis, random }) {
      for (let times = between(random, 1, 4); times > 0; times--) {
        await command(redis.port, 'CLIENT KILL TYPE pubsub');
        await elapsed(between(random, 0, 500));
      }
    },
  },
  {
    kind: 'a process killed',
    async happen({ workers, random, chapter }) {
      const worker = workers[between(random, 0, workers.length)] as Worker;
      await worker.kill();
      await elapsed(between(random, 0, 1_500));
      await worker.restart(chapter);
    },
  },
];

function onSome(kind: string, strike: (worker: Worker, random: Random) => Promise<void>): Fault {
  return {
    kind,
    async happen({ workers, random }) {
      const first = between(random, 0, workers.length);
      const count = between(random, 1, workers.length);
      const struck = Array.from({ length: count }, (_, at) => workers[(first + at) % workers.length] as Worker);
      await Promise.all(struck.map((worker) => strike(worker, random)));
      return undefined;
    },
  };
}

/** A whole number from `least` up to, and without, `limit`. */
function between(random: Random, least: number, limit: number): number {
  return least + Math.floor(random() * (limit - least));
}

/** One command on a connection of its own, past all proxies. */
async function command(port: number, text: string): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  try {
    socket.write(`${text}\r\n`);
    await once(socket, 'data');
  } finally {
    socket.destroy();
  }
}
