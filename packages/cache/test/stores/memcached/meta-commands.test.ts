import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Connection } from '../../../src/stores/memcached/connection.js';
import { wireKey } from '../../../src/stores/memcached/keys.js';
import { type MetaCommand, metaDelete, metaGet, metaSet } from '../../../src/stores/memcached/meta-commands.js';
import { itemFlags, type MetaReply } from '../../../src/stores/memcached/meta-replies.js';
import { resolveOptions } from '../../../src/stores/memcached/options.js';
import { isMemcachedMissing, type MemcachedServer, skipReason, startMemcached } from '../../servers/memcached.js';

describe.skipIf(isMemcachedMissing)(`the meta commands${skipReason}`, () => {
  let server: MemcachedServer;
  let connection: Connection;
  beforeAll(async () => {
    server = await startMemcached();
    const { servers, ...options } = resolveOptions({ servers: [server.address] });
    const [resolved] = servers;
    if (resolved === undefined) throw new Error('no server');
    connection = new Connection({ server: resolved, ...options, greeting: () => [], onUp() {}, onDown() {} });
  });
  afterAll(async () => {
    connection.close();
    await server.stop();
  });

  const ask = (command: MetaCommand): Promise<MetaReply> =>
    new Promise((resolve, reject) =>
      connection.send(command, (reply, error) => (reply ? resolve(reply) : reject(error))),
    );
  let keys = 0;
  const newKey = () => wireKey('', `key:${keys++}`);
  const item = { data: Buffer.from('value'), clientFlags: 7, expires: 0 };

  it('set and get: value, token, client flags and the time that is left', async () => {
    const key = newKey();
    expect((await ask(metaSet(key, item))).code).toBe('HD');
    const reply = await ask(metaGet(key, { value: true, cas: true, times: true }));
    expect(reply.value?.toString()).toBe('value');
    expect(itemFlags(reply)).toMatchObject({ cas: expect.stringMatching(/^\d+$/), clientFlags: 7, secondsLeft: -1 });
    expect((await ask(metaGet(key, { times: true }))).code).toBe('HD');
    expect((await ask(metaGet(newKey(), { value: true }))).code).toBe('EN');
  });

  it('add once, and compare and swap', async () => {
    const key = newKey();
    expect((await ask(metaSet(key, { ...item, add: true }))).code).toBe('HD');
    expect((await ask(metaSet(key, { ...item, add: true }))).code).toBe('NS');
    const { cas } = itemFlags(await ask(metaGet(key, { cas: true })));
    if (cas === undefined) throw new Error('no token');
    expect((await ask(metaSet(key, { ...item, cas }))).code).toBe('HD');
    expect((await ask(metaSet(key, { ...item, cas }))).code).toBe('EX');
    expect((await ask(metaDelete(key, { cas }))).code).toBe('EX');
    expect((await ask(metaSet(newKey(), { ...item, cas }))).code).toBe('NF');
    expect((await ask(metaDelete(key))).code).toBe('HD');
    expect((await ask(metaDelete(key))).code).toBe('NF');
  });

  it('vivify: the first to miss has won, the next learns that somebody loads', async () => {
    const key = newKey();
    const asked = { value: true, cas: true, times: true, vivify: 30 };
    const winner = await ask(metaGet(key, asked));
    expect(winner.value?.length).toBe(0);
    expect(itemFlags(winner)).toMatchObject({ won: true, loadedElsewhere: false });
    expect(itemFlags(winner).secondsLeft).toBeGreaterThan(28);
    expect(itemFlags(await ask(metaGet(key, asked)))).toMatchObject({ won: false, loadedElsewhere: true });
  });

  it('invalidate: the item is stale, one reader has won, and its token stores anew', async () => {
    const key = newKey();
    await ask(metaSet(key, item));
    expect((await ask(metaDelete(key, { invalidate: true, touch: 30 }))).code).toBe('HD');
    const winner = itemFlags(await ask(metaGet(key, { value: true, cas: true, times: true })));
    expect(winner).toMatchObject({ won: true, stale: true, loadedElsewhere: false });
    expect(winner.secondsLeft).toBeGreaterThan(28);
    const next = itemFlags(await ask(metaGet(key, { value: true })));
    expect(next).toMatchObject({ won: false, stale: true, loadedElsewhere: true });
    if (winner.cas === undefined) throw new Error('no token');
    expect((await ask(metaSet(key, { ...item, cas: winner.cas, invalidate: true }))).code).toBe('HD');
    expect(itemFlags(await ask(metaGet(key, { value: true })))).toMatchObject({ stale: false });
  });

  it('touch, and recache: who asks first with little time left has won', async () => {
    const key = newKey();
    await ask(metaSet(key, { ...item, expires: 1000 }));
    const touched = itemFlags(await ask(metaGet(key, { times: true, touch: 20 })));
    expect(touched.secondsLeft).toBeLessThanOrEqual(20);
    expect(itemFlags(await ask(metaGet(key, { recache: 5 })))).toMatchObject({ won: false, loadedElsewhere: false });
    expect(itemFlags(await ask(metaGet(key, { recache: 100 })))).toMatchObject({ won: true });
    expect(itemFlags(await ask(metaGet(key, { recache: 100 })))).toMatchObject({ won: false, loadedElsewhere: true });
  });

  it('a thousand in one tick are answered each with its own', async () => {
    const all = Array.from({ length: 1_000 }, () => newKey());
    await Promise.all(all.map((key) => ask(metaSet(key, { ...item, data: Buffer.from(key.text) }))));
    const replies = await Promise.all(all.map((key) => ask(metaGet(key, { value: true }))));
    expect(replies.map(({ value }) => value?.toString())).toEqual(all.map(({ text }) => text));
  });

  it('a command that the server cannot read is answered, and ends the connection; the next opens another', async () => {
    expect((await ask({ head: 'xx key', flags: '' })).code).toMatch(/ERROR/);
    expect((await ask(metaGet(newKey(), {}))).code).toBe('EN');
  });
});
