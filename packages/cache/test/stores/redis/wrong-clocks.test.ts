import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ifRedis, type RedisServer, redisIsMissing, startRedis } from '../../servers/redis.js';

const script = fileURLToPath(new URL('children/with-wrong-clock.mjs', import.meta.url));
const minute = 60_000;
const skews = [-7 * minute, 0, 7 * minute];
const later = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis));

/** A cache in a process of its own, whose clock is wrong by so much. */
class SkewedProcess {
  readonly #child: ChildProcess;
  readonly ready: Promise<unknown>;
  readonly #waiting = new Map<unknown, { resolve(value: unknown): void; reject(error: Error): void }>();
  #asked = 0;

  constructor(url: string, by: number) {
    this.#child = fork(script, [url, 'wrong-clocks', String(by)]);
    this.ready = once(this.#child, 'message');
    this.#child.on('message', ({ id, value, error }: { id: unknown; value: unknown; error?: string }) => {
      const { resolve, reject } = this.#waiting.get(id) ?? {};
      this.#waiting.delete(id);
      if (error === undefined) resolve?.(value);
      else reject?.(new Error(error));
    });
  }

  tell(command: 'call' | 'load' | 'now' | 'createdAt', ...args: unknown[]): Promise<unknown> {
    const id = this.#asked++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, command, args });
    });
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, 'exit');
    this.#child.disconnect();
    await exit;
  }
}

describe.skipIf(redisIsMissing)(`processes whose clocks are minutes apart, on one Redis${ifRedis}`, () => {
  let server: RedisServer;
  let all: SkewedProcess[];
  let slow: SkewedProcess;
  let fast: SkewedProcess;

  beforeAll(async () => {
    server = await startRedis();
    all = skews.map((by) => new SkewedProcess(server.url, by));
    [slow, , fast] = all as [SkewedProcess, SkewedProcess, SkewedProcess];
    await Promise.all(all.map(({ ready }) => ready));
  }, 30_000);
  afterAll(async () => {
    await Promise.all(all.map((each) => each.stop()));
    await server.stop();
  });

  const seenByAll = (keys: readonly string[]) =>
    Promise.all(all.map((each) => Promise.all(keys.map((key) => each.tell('call', 'get', key)))));

  async function expectOneLife(name: string): Promise<void> {
    const keys = skews.map((_, at) => `${name}-${at}`);
    const begun = Date.now();
    await Promise.all(all.map((each, at) => each.tell('call', 'set', keys[at], at, { ttl: '2s' })));
    const written = Date.now();
    expect(await seenByAll(keys)).toEqual(skews.map(() => [0, 1, 2]));
    await later(begun + 1_700 - Date.now());
    const seen = await seenByAll(keys);
    // On a machine that was busy for so long nothing is proved, and nothing disproved.
    if (Date.now() < begun + 1_950) expect(seen).toEqual(skews.map(() => [0, 1, 2]));
    await later(written + 2_060 - Date.now());
    expect(await seenByAll(keys)).toEqual(skews.map(() => [undefined, undefined, undefined]));
  }

  it('really have wrong clocks', async () => {
    const now = await Promise.all(all.map((each) => each.tell('now')));
    for (const [at, by] of skews.entries()) expect(Math.abs(Number(now[at]) - Date.now() - by)).toBeLessThan(10_000);
  });

  it('see an entry that any of them wrote for as long as it lives, and none of them after that', async () => {
    await expectOneLife('first');
  }, 20_000);

  it('date what they write by the time of the server, from the first call on', async () => {
    for (const [at, each] of all.entries()) {
      await each.tell('call', 'set', 'dated', at);
      expect(Math.abs(Number(await each.tell('createdAt', 'dated')) - Date.now())).toBeLessThan(1_000);
    }
  });

  it.each([['delete', 'k'], ['invalidateTags', ['t'], { remove: true }], ['clear']])(
    'let %s of the slow one beat the value of the fast one',
    async (...call) => {
      await fast.tell('call', 'set', 'k', 'old', { tags: ['t'] });
      await slow.tell('call', ...call);
      expect(await seenByAll(['k'])).toEqual([[undefined], [undefined], [undefined]]);
      await later(50);
      await slow.tell('call', 'set', 'k', 'new', { tags: ['t'] });
      expect(await seenByAll(['k'])).toEqual([['new'], ['new'], ['new']]);
    },
  );

  it('do not store what the fast one began to load before the slow one invalidated it', async () => {
    const load = fast.tell('load', 'loaded', 'old', 300, { tags: ['t'] });
    await later(100);
    await slow.tell('call', 'invalidateTags', ['t'], { remove: true });
    expect(await load).toBe('old');
    expect(await seenByAll(['loaded'])).toEqual([[undefined], [undefined], [undefined]]);
  });

  it('still agree after the server was killed and came back empty', async () => {
    await server.kill();
    expect(await seenByAll(['k'])).toEqual([[undefined], [undefined], [undefined]]);
    await server.restart();
    await expect
      .poll(() => Promise.all(all.map((each) => each.tell('call', 'set', 'back', 1))), { timeout: 10_000 })
      .toEqual([true, true, true]);
    await expectOneLife('again');
  }, 30_000);

  it('agree when they are started while the server is away', async () => {
    await server.kill();
    const late = skews.map((by) => new SkewedProcess(server.url, by));
    await Promise.all(late.map(({ ready }) => ready));
    await Promise.all(late.map((each) => each.tell('call', 'set', 'k', 1)));
    await server.restart();
    await expect
      .poll(() => Promise.all(late.map((each) => each.tell('call', 'set', 'k', 1))), { timeout: 10_000 })
      .toEqual([true, true, true]);
    for (const [at, each] of late.entries()) {
      await each.tell('call', 'set', 'dated', at);
      expect(Math.abs(Number(await each.tell('createdAt', 'dated')) - Date.now())).toBeLessThan(1_000);
    }
    await Promise.all(late.map((each) => each.stop()));
  }, 30_000);
});
