import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { redisStore } from '../../../src/stores/redis/index.js';
import { freePort } from '../../servers/free-port.js';
import { type RedisServer, redisIsMissing, startRedis } from '../../servers/redis.js';
import { Told } from './bus/told.js';

const opensslIsMissing = spawnSync('openssl', ['version']).status === 0 ? undefined : 'openssl is not installed';
const missing = redisIsMissing ?? opensslIsMissing;

const call = () => ({ now: Date.now() });
const write = {
  key: 'k',
  bytes: Buffer.from('v'),
  version: 'v',
  expiresAt: Number.POSITIVE_INFINITY,
  indexes: { a: 'b' },
};

describe.skipIf(missing)(
  `the redis store over TLS, as a user of its own${missing ? ` (skipped: ${missing})` : ''}`,
  () => {
    let folder: string;
    let server: RedisServer;
    let url: string;
    let ca: Buffer;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'larder-tls-'));
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
      execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
      { stdio: 'ignore' },
    ); // biome-ignore format: arguments
      ca = await readFile(cert);
      const tlsPort = await freePort();
      const tls = ['--tls-port', `${tlsPort}`, '--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert, '--tls-auth-clients', 'no']; // biome-ignore format: arguments
      server = await startRedis(tls);
      url = `rediss://127.0.0.1:${tlsPort}`;
      const admin = new Redis(server.port);
      const commands = ['+mget', '+eval', '+evalsha', '+scan', '+get', '+getrange', '+set', '+unlink', '+zadd', '+zrem', '+zrangebylex', '+zremrangebylex', '+zrangebyscore', '+pttl', '+pexpireat', '+persist', '+time', '+info', '+client', '+hello', '+ping', '+select']; // biome-ignore format: commands
      await admin.call('ACL', 'SETUSER', 'larder', 'on', '>secret', '~app{*', '-@all', ...commands);
      await admin.call(
        'ACL',
        'SETUSER',
        'reader',
        'on',
        '>secret',
        '~*',
        '-@all',
        '+mget',
        '+info',
        '+client',
        '+hello',
      );
      admin.disconnect();
    });
    afterAll(async () => {
      await server.stop();
      await rm(folder, { recursive: true });
    });

    it('needs no more than the commands and keys that the docs name', async () => {
      const store = redisStore({ url, username: 'larder', password: 'secret', tls: { ca }, prefix: 'app' });
      expect(await store.set([write], call())).toEqual(['created']);
      expect((await store.get(['k'], call()))[0]?.version).toBe('v');
      expect(
        await store.modify('k', (current) => ({ ...write, ...current, indexes: { c: 'd' } }), call()),
      ).toBeDefined();
      expect(await store.byIndex({ prefix: '', name: 'c', value: 'd' }, { limit: 9 }, call())).toEqual({ keys: ['k'] });
      expect(await store.scan('', { limit: 9 }, call())).toEqual({ keys: ['k'] });
      expect(await store.delete(['k'], call())).toEqual([true]);
      expect(await store.prune(9, call())).toBe(0);
      expect(await store.time?.(call())).toMatchObject({ error: 0 });
      const { now } = call();
      const told = { ...write, expiresAt: now + 1_000, expiryNote: 'note' };
      await store.set([told], { now });
      await store.set([told], { now });
      const expired = [{ key: 'k', expiresAt: now + 1_000, note: 'note' }];
      expect(await store.expired?.({ prefix: '', limit: 9 }, { now: now + 1_000 })).toEqual({ expired });
      await store.forgetExpired?.(expired, { now });
      expect(await store.expired?.({ prefix: '', limit: 9 }, { now: now + 1_000 })).toEqual({ expired: [] });
      await store.close();
    });

    describe('and its bus', () => {
      const speaker = async (name: string, rules: readonly string[]) => {
        const admin = new Redis(server.port);
        const always = ['+info', '+hello', '+ping', '+select'];
        await admin.call('ACL', 'SETUSER', name, 'reset', 'on', '>secret', '~app{*', '-@all', ...always, ...rules);
        admin.disconnect();
        return (bus: 'pubsub' | 'tracking') =>
          redisStore({ url, username: name, password: 'secret', tls: { ca }, prefix: 'app', bus });
      };

      it.each([
        ['pubsub', ['&larder:bus:*', '+subscribe', '+publish']],
        [
          'tracking',
          ['&larder:bus:*', '&__redis__:invalidate', '+subscribe', '+publish', '+client|id', '+client|tracking'],
        ],
      ] as const)('needs no more than the commands and channels that the docs name (%s)', async (bus, rules) => {
        const store = (await speaker(`speaks-${bus}`, rules))(bus);
        const told = new Told(store.bus);
        await told.hears('connected');
        await told.publish('hello');
        await told.hears('hello');
        await store.close();
      });

      it.each([
        ['the channel', ['&other:*', '+subscribe', '+publish']],
        ['a command', ['&larder:bus:*', '+publish']],
      ])('says so where %s is missing', async (_what, rules) => {
        const store = (await speaker('lacks-something', rules))('pubsub');
        const told = new Told(store.bus);
        await expect(told.publish('hello')).rejects.toMatchObject({
          code: 'LARDER_STORE_FAILED',
          message: expect.stringMatching(/lacks a permission for the bus/),
        });
        await store.close();
      });
    });

    it('takes user, password and database from the url', async () => {
      const store = redisStore({ url: `${url.replace('//', '//larder:secret@')}/1`, tls: { ca }, prefix: 'app' });
      await store.set([write], call());
      await store.close();
      const admin = new Redis(server.port, { db: 1 });
      expect(await admin.exists('app{000}:k')).toBe(1);
      admin.disconnect();
    });

    it.each([
      ['a wrong password', { username: 'larder', password: 'wrong' }, /user or password/],
      ['a user who may not write', { username: 'reader', password: 'secret' }, /lacks a permission/],
      [
        'keys outside of what the user may touch',
        { username: 'larder', password: 'secret', prefix: 'other' },
        /lacks a permission/,
      ],
      ['a certificate that nobody vouches for', { username: 'larder', password: 'secret', tls: true as const }, /TLS/],
    ])('says what is wrong with %s', async (_name, options, message) => {
      const store = redisStore({ url, tls: { ca }, prefix: 'app', ...options });
      const error = await store.set([write], call()).catch((thrown) => thrown);
      await store.close();
      expect(error).toMatchObject({ code: 'LARDER_STORE_FAILED', message: expect.stringMatching(message) });
      expect(error.message).not.toMatch(/secret|wrong/);
    });

    it('says so when the server is a replica', async () => {
      const replica = await startRedis(['--replicaof', '127.0.0.1', String(server.port)]);
      const store = redisStore({ url: replica.url });
      await expect(store.set([write], call())).rejects.toMatchObject({
        message: expect.stringMatching(/is a replica/),
      });
      await store.close();
      await replica.stop();
    });

    it('says so when a plain client meets a cluster', async () => {
      const node = await startRedis(['--cluster-enabled', 'yes']);
      const store = redisStore({ url: node.url });
      await expect(store.set([write], call())).rejects.toMatchObject({
        message: expect.stringMatching(/does not serve all its slots|cluster client/),
      });
      await store.close();
      await node.stop();
    });
  },
);
