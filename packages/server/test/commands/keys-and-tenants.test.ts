import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allScopes } from '../../src/modules/api-keys/scopes.js';
import { type AppInProcess, startApp } from '../support/app-in-process.js';
import { runLarder } from '../support/larder-in-process.js';
import { apiKey } from '../support/service-process.js';
import { stubService } from '../support/stub-service.js';

let app: AppInProcess;
beforeEach(async () => {
  app = await startApp();
});
afterEach(() => app.close());

const run = (words: readonly string[], key = apiKey) =>
  runLarder(words, {
    environment: { LARDER_URL: `http://127.0.0.1:${app.port}`, LARDER_KEY: key },
    now: app.clock.now,
  });
const json = async (...words: string[]) => JSON.parse((await run([...words, '--json'])).out);
const create = (...words: string[]) => run(['keys', 'create', '--name', 'k', ...words]);

describe('larder keys', () => {
  it('create writes the key to standard output, and nothing else there', async () => {
    const { code, out, error } = await create('--scope', 'cache:read');
    expect(code).toBe(0);
    expect(out).toMatch(/^lrd_live_[0-9A-Za-z]{10}_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}\n$/);
    expect(error).toContain(out.slice(9, 19));
    expect(error).not.toContain(out.slice(20, 60));
    expect((await run(['get', 'absent'], out.trim())).code).toBe(3);
    expect((await run(['set', 'k', 'v'], out.trim())).code).toBe(4);
  });

  it('create says all the terms: scopes, prefixes, end, tenant', async () => {
    await run(['tenants', 'create', 'shop']);
    const terms = ['--prefix', 'a:', '--prefix', 'b:', '--expires', '2h', '--tenant', 'shop'];
    await create('--scope', 'cache:read,cache:write', '--scope', 'locks', ...terms);
    const { data } = await json('keys', 'list', '--tenant', 'shop');
    expect(data).toMatchObject([
      {
        name: 'k',
        scopes: ['cache:read', 'cache:write', 'locks'],
        prefixes: ['a:', 'b:'],
        expiresAt: new Date(app.clock.now() + 7_200_000).toISOString(),
      },
    ]);
    await create('--scope', 'all', '--expires', '2100-01-31T12:00:00Z');
    const { data: others } = await json('keys', 'list');
    expect(others).toMatchObject([{ scopes: allScopes, expiresAt: '2100-01-31T12:00:00.000Z' }]);
  });

  it('list shows a table without keys', async () => {
    const made = (await create('--scope', 'all')).out.trim();
    const { out } = await run(['keys', 'list']);
    expect(out).toMatch(/^ID +NAME +SCOPES +PREFIXES +EXPIRES/);
    expect(out).toMatch(new RegExp(`^${made.slice(9, 19)} +k +all +all +never`, 'm'));
    expect(out).not.toContain(made.slice(20));
  });

  it('rotate writes the new key, and both work for the overlap', async () => {
    const old = (await create('--scope', 'usage:read')).out.trim();
    const { code, out } = await run(['keys', 'rotate', old.slice(9, 19), '--overlap', '1m']);
    expect({ code, isKey: out.startsWith('lrd_live_') }).toEqual({ code: 0, isKey: true });
    const codes = async () => [
      (await run(['stats', '--once'], old)).code,
      (await run(['stats', '--once'], out.trim())).code,
    ];
    expect(await codes()).toEqual([0, 0]);
    app.clock.advance(60_000);
    expect(await codes()).toEqual([4, 0]);
  });

  it('revoke ends a key at once, and says where there is none', async () => {
    const made = (await create('--scope', 'usage:read')).out.trim();
    const id = made.slice(9, 19);
    expect(await json('keys', 'revoke', id)).toEqual({ id, revoked: true });
    expect((await run(['stats', '--once'], made)).code).toBe(4);
    expect(await run(['keys', 'revoke', id])).toMatchObject({ code: 3, error: expect.stringContaining('no API key') });
  });
});

describe('larder tenants', () => {
  it('are made, listed over all pages, shown and removed', async () => {
    for (let at = 0; at < 101; at++) expect((await run(['tenants', 'create', `t ${at}`])).code).toBe(0);
    const { data } = await json('tenants', 'list');
    expect(data).toHaveLength(102);
    expect((await run(['tenants', 'list'])).out.split('\n')).toHaveLength(104);
    expect(await json('tenants', 'show', 't 7')).toMatchObject({ id: 't 7', limits: { burst: null } });
    expect((await run(['tenants', 'create', 't 7'])).code).toBe(5);
    expect(await json('tenants', 'remove', 't 7', '--confirm', 't 7')).toEqual({ id: 't 7', removed: true });
    expect((await run(['tenants', 'show', 't 7'])).code).toBe(3);
  });

  it('have limits that are set, changed and taken away one by one', async () => {
    const given = [
      '--burst',
      '100/1m',
      '--daily',
      '5',
      '--stored-bytes',
      '64mb',
      '--entries',
      '9',
      '--concurrency',
      '3',
    ];
    await run(['tenants', 'create', 'shop', '--name', 'The shop', ...given, '--default-ttl', '1h']);
    const all = {
      burst: { requests: 100, seconds: 60 },
      daily: { requests: 5 },
      storedBytes: 67_108_864,
      entries: 9,
      concurrency: 3,
      defaultTtl: 3_600,
    };
    expect(await json('tenants', 'limits', 'shop')).toEqual(all);
    const changed = await json('tenants', 'limits', 'shop', '--burst', 'none', '--entries', '10');
    expect(changed).toEqual({ ...all, burst: null, entries: 10 });
    const { out } = await run(['tenants', 'show', 'shop']);
    expect(out).toMatch(/^name +The shop$.*^burst +none$.*^daily +5 requests$/ms);
  });

  it('are emptied only with --confirm', async () => {
    await run(['set', 'k', 'v']);
    expect((await run(['tenants', 'flush', 'default'])).code).toBe(2);
    expect((await run(['get', 'k'])).code).toBe(0);
    expect((await run(['tenants', 'flush', 'default', '--confirm', 'default'])).code).toBe(0);
    expect((await run(['get', 'k'])).code).toBe(3);
  });

  it('show what they use, in words and as it came', async () => {
    const used = { today: { requests: 3 }, storedBytes: 12 };
    const url = await stubService(({ url }, response) => {
      response.end(JSON.stringify(url === '/admin/v1/tenants/a%2Fb/usage' ? used : {}));
    });
    expect(await json('tenants', 'usage', 'a/b', '--url', url)).toEqual(used);
    expect((await run(['tenants', 'usage', 'a/b', '--url', url])).out).toBe('today.requests  3\nstoredBytes     12\n');
  });
});
