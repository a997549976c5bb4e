import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { memcachedStore } from '../../../src/stores/memcached/index.js';
import { isMemcachedMissing, type MemcachedServer, skipReason, startMemcached } from '../../servers/memcached.js';
import { requireBuild } from '../lmdb/child-process.js';

const script = fileURLToPath(new URL('children/contend.mjs', import.meta.url));
const call = { now: Date.now() };
const range = (count: number) => Array.from({ length: count }, (_, at) => at);

describe.skipIf(isMemcachedMissing)(`four processes on memcached${skipReason}`, () => {
  let servers: MemcachedServer[];
  beforeAll(async () => {
    requireBuild();
    servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()]);
  });
  beforeEach(() => Promise.all(servers.map((server) => server.restart())).then(() => {}));
  afterAll(() => Promise.all(servers.map((server) => server.stop())));
  const addresses = () => servers.map(({ address }) => address);

  /** Lets them go together; gives what each has won. Each ends by itself, for nothing keeps it alive. */
  async function contend(task: string): Promise<number[][]> {
    const children = ['a', 'b', 'c', 'd'].map((name) => {
      const child = spawn(process.execPath, [script, addresses().join(), task, name], {
        stdio: ['pipe', 'pipe', 'inherit'],
        timeout: 60_000,
      });
      return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator](), end: once(child, 'exit') };
    });
    await Promise.all(children.map(({ lines }) => lines.next()));
    for (const { child } of children) child.stdin.write('go\n');
    return Promise.all(
      children.map(async ({ lines, end }) => {
        const { value } = await lines.next();
        expect(await end).toEqual([0, null]);
        return JSON.parse(value as string) as number[];
      }),
    );
  }

  it('count exactly 2,000 when each counts to 500 on one key', async () => {
    await contend('increment');
    const store = memcachedStore({ servers: addresses() });
    const [counter] = await store.get(['counter'], call);
    await store.close();
    expect(Buffer.from(counter?.bytes ?? []).toString()).toBe('2000');
  });

  it.each(['add', 'set'])('create each of 200 keys once, by %s', async (task) => {
    const won = await contend(task);
    expect(won.flat().sort((one, other) => one - other)).toEqual(range(200));
  });

  it('delete each of 200 keys once', async () => {
    const store = memcachedStore({ servers: addresses() });
    const bytes = Buffer.from('value');
    const entry = { bytes, expiresAt: Number.POSITIVE_INFINITY, version: 'v', indexes: {} };
    await store.set(
      range(200).map((at) => ({ key: `there:${at}`, ...entry })),
      call,
    );
    await store.close();
    expect((await contend('delete')).flat().sort((one, other) => one - other)).toEqual(range(200));
  });
});
