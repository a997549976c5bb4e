import { createConnection, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Store, StoreCall, StoredEntry, StoreWrite, WriteResult } from '../../../src/contracts/store.js';
import { StoreError } from '../../../src/errors.js';
import { memoryMapStore } from '../../../src/testing/memory-map-store.js';

interface Waiting {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A store at the other end of a TCP connection, for tests of what happens when that is refused, cut or silent. Has no
 * timeouts of its own, so that the tiers must have them, and connects anew at the next call.
 */
export function lineStore(port: number): Store {
  const waiting = new Map<number, Waiting>();
  let socket: Socket | undefined;
  let calls = 0;

  function connect(): Socket {
    const opened = createConnection(port, '127.0.0.1');
    const fail = (error?: Error) => {
      if (socket === opened) socket = undefined;
      const failure = new StoreError('line', 'The connection to the line store failed.', { cause: error });
      for (const { reject } of waiting.values()) reject(failure);
      waiting.clear();
    };
    opened.on('error', fail);
    opened.on('close', () => fail());
    createInterface({ input: opened })
      .on('line', (line) => {
        const { id, answer } = JSON.parse(line);
        waiting.get(id)?.resolve(answer as never);
        waiting.delete(id);
      })
      // The interface emits the errors of its input once more.
      .on('error', () => {});
    return opened;
  }

  function ask<Answer>(method: string, ...given: unknown[]): Promise<Answer> {
    socket ??= connect();
    const id = calls++;
    const answer = new Promise<Answer>((resolve, reject) => waiting.set(id, { resolve, reject }));
    socket.write(`${JSON.stringify({ id, method, given })}\n`);
    return answer;
  }

  const get = async (keys: readonly string[], { now }: StoreCall) =>
    (await ask<(Sent | null)[]>('get', keys, { now })).map((entry) => (entry === null ? undefined : received(entry)));
  const set = (writes: readonly StoreWrite[], { now }: StoreCall) =>
    ask<WriteResult[]>('set', writes.map(sendable), { now });

  return {
    name: 'line',
    capabilities: { ...memoryMapStore().capabilities, shared: true, synchronousReads: false },
    get,
    set,
    delete: (keys, { now }) => ask('delete', keys, { now }),
    async modify(key, change, call) {
      for (;;) {
        const [current] = await get([key], call);
        const decision = change(current);
        if (decision === 'keep') return current;
        if (decision === 'delete') {
          await ask('delete', [key], { now: call.now });
          return undefined;
        }
        const condition = current === undefined ? { absent: true as const } : { version: current.version };
        const [result] = await set([{ ...decision, key, condition }], call);
        if (result !== 'condition-failed') return decision;
      }
    },
    scan: (prefix, page, { now }) => ask('scan', prefix, page, { now }),
    byIndex: (term, page, { now }) => ask('byIndex', term, page, { now }),
    prune: (limit, { now }) => ask('prune', limit, { now }),
    async close() {
      socket?.destroy();
    },
  };
}

type Sent = Omit<StoredEntry, 'bytes' | 'expiresAt'> & {
  readonly bytes: string;
  readonly expiresAt: number | 'never';
};

/** JSON has neither bytes nor Infinity. */
function sendable({ bytes, expiresAt, ...rest }: StoreWrite): object {
  const end = expiresAt === Number.POSITIVE_INFINITY ? 'never' : expiresAt;
  return { ...rest, bytes: Buffer.from(bytes).toString('base64'), expiresAt: end };
}

function received({ bytes, expiresAt, version }: Sent): StoredEntry {
  const end = expiresAt === 'never' ? Number.POSITIVE_INFINITY : expiresAt;
  return { bytes: Uint8Array.from(Buffer.from(bytes, 'base64')), expiresAt: end, version };
}
