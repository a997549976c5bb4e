import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Retention, type Store, StoreError } from '@larder/cache';
import { memoryMapStore } from '@larder/cache/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Check } from '../../src/commands/doctor/check.js';
import { certainOffset } from '../../src/commands/doctor/check-clock.js';
import { checkNode } from '../../src/commands/doctor/check-node.js';
import { checkStore } from '../../src/commands/doctor/check-store.js';
import { percentile } from '../../src/commands/doctor/latency.js';
import { type AppInProcess, startApp } from '../support/app-in-process.js';
import { type LarderOptions, runLarder } from '../support/larder-in-process.js';
import { apiKey } from '../support/service-process.js';
import { stubService } from '../support/stub-service.js';

const statuses = (checks: readonly Check[]) => checks.map(({ name, status }) => `${name}: ${status}`);

describe('the doctor, of a store', () => {
  const remote = (store: Partial<Store>) => {
    const whole = { ...memoryMapStore({ name: 'a store' }), ...store } as Store;
    return { kind: 'remote', scheme: 'test', address: 'test:', open: () => whole } as const;
  };
  const clock = { now: () => 1_800_000_000_000 };
  const time = (offset: number, error = 0) => ({ time: async () => ({ time: clock.now() + offset, error }) });
  const retention = (kind: Retention['kind']) => ({ retention: async () => ({ kind, policy: 'allkeys-lru' }) });

  it('finds nothing wrong where nothing is, and leaves nothing behind', async () => {
    const store = memoryMapStore();
    let left: unknown;
    const close = async () => {
      left = await store.scan('', { limit: 10 }, { now: clock.now() });
    };
    const checks = await checkStore(remote({ ...store, ...time(5), ...retention('keeps'), close }), clock);
    expect(statuses(checks)).toEqual(['store: ok', 'store latency: ok', 'eviction: ok', 'store clock: ok']);
    expect(checks[1]?.detail).toMatch(/^reads p50 \d+\.\d\d ms, p99 .* ms, writes p50 .* ms$/);
    expect(left).toEqual({ keys: [] });
  });

  it.each([
    ['evicts', retention('evicts'), 'eviction'],
    ['does not tell whether it evicts', retention('unknown'), 'eviction'],
    ['declares that it evicts', { capabilities: { ...memoryMapStore().capabilities, evicts: true } }, 'eviction'],
    ['fails to say whether it evicts', { retention: () => Promise.reject(new StoreError('s', 'No.')) }, 'eviction'],
    ['is two seconds ahead', time(2_000), 'store clock'],
    ['is a minute behind', time(-60_000), 'store clock'],
    ['tells no time', { time: undefined }, 'store clock'],
    ['does not say what time it is', { time: () => Promise.reject(new StoreError('s', 'No.')) }, 'store clock'],
  ] as const)('warns where it %s, and says what to do', async (_what, differences, name) => {
    const healthy = { ...time(0), ...retention('keeps') };
    const checks = await checkStore(remote({ ...healthy, ...differences } as Partial<Store>), clock);
    const found = checks.filter(({ status }) => status !== 'ok');
    expect(found).toEqual([{ name, status: 'warning', detail: expect.any(String), advice: expect.any(String) }]);
  });

  it('takes a clock that rounds to seconds for what it is', async () => {
    const checks = await checkStore(remote({ ...time(-1_500, 2_000) }), clock);
    expect(checks.at(-1)).toMatchObject({ name: 'store clock', status: 'ok' });
  });

  it('fails where it cannot be written, and where it cannot be reached', async () => {
    const reject = () => Promise.reject(new StoreError('s', 'It refuses.'));
    const readOnly = await checkStore(remote({ set: reject, ...time(0) }), clock);
    expect(statuses(readOnly)).toEqual(['store: ok', 'store latency: failed', 'eviction: ok', 'store clock: ok']);
    const away = await checkStore(remote({ get: reject }), clock);
    expect(away).toEqual([{ name: 'store', status: 'failed', detail: 'It refuses.', advice: expect.any(String) }]);
  });

  it('takes a folder that a service uses for healthy', async () => {
    const inUse = () => Promise.reject(new StoreError('lmdb', 'In use.', { code: 'LARDER_STORE_IN_USE' }));
    expect(statuses(await checkStore(remote({ get: inUse }), clock))).toEqual(['store: ok']);
  });
});

describe('certainOffset', () => {
  it.each([
    { asked: 100, answered: 200, time: 150, error: 0, offset: 0 },
    { asked: 100, answered: 200, time: 100, error: 0, offset: 0 },
    { asked: 100, answered: 200, time: 90, error: 0, offset: 10 },
    { asked: 100, answered: 200, time: 250, error: 0, offset: -50 },
    { asked: 100, answered: 200, time: 250, error: 40, offset: -10 },
    { asked: 100, answered: 200, time: 90, error: 10, offset: 0 },
  ])('of $time, seen from $asked to $answered, give or take $error, is $offset', ({ offset, ...reading }) => {
    expect(certainOffset(reading)).toBe(offset);
  });
});

describe('percentile', () => {
  it('is the nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, at) => 100 - at);
    expect([percentile(values, 0.5), percentile(values, 0.99), percentile([7], 0.5)]).toEqual([50, 99, 7]);
  });
});

describe('checkNode', () => {
  it.each([
    ['20.18.3', 'failed'],
    ['18.20.0', 'failed'],
    ['20.19.0', 'ok'],
    ['22.0.0', 'ok'],
  ])('of %s: %s', (version, status) => {
    expect(checkNode(version).status).toBe(status);
  });
});

describe('larder doctor', () => {
  let app: AppInProcess;
  let folder: string;
  beforeEach(async () => {
    app = await startApp();
    folder = await mkdtemp(join(tmpdir(), 'larder-doctor-'));
  });
  afterEach(async () => {
    await app.close();
    await rm(folder, { recursive: true, force: true });
  });

  const run = (words: readonly string[], { environment = {}, ...more }: LarderOptions = {}) => {
    const url = `http://127.0.0.1:${app.port}`;
    const whole = { LARDER_URL: url, LARDER_KEY: apiKey, LARDER_STORE: `lmdb:${join(folder, 'data')}`, ...environment };
    return runLarder(['doctor', ...words], { environment: whole, now: Date.now, ...more });
  };
  const checked = async (environment: Record<string, string> = {}, ...words: string[]) => {
    const { code, out } = await run(['--json', ...words], { environment });
    const { ok, checks } = JSON.parse(out) as { ok: boolean; checks: readonly Check[] };
    return { code, ok, checks, named: (name: string) => checks.find((check) => check.name === name) };
  };

  it('looks at everything, ends with 0 where nothing failed, and makes no folder', async () => {
    const { code, ok, checks, named } = await checked();
    expect(statuses(checks)).toEqual(
      ['Node.js', 'configuration', 'store', 'service', 'service clock', 'API key', 'service latency'].map(
        (name) => `${name}: ok`,
      ),
    );
    expect({ code, ok }).toEqual({ code: 0, ok: true });
    expect(named('store')?.detail).toContain('is not there yet');
    expect(await readdir(folder)).toEqual([]);
    for await (const key of app.tenant.entries.keys()) expect.unreachable(key);
  });

  it('tells all that is wrong with the configuration, and checks the service all the same', async () => {
    const { code, checks, named } = await checked({ LARDER_PORT: 'x', LARDER_MEMORY: 'much' });
    expect(named('configuration')).toMatchObject({
      status: 'failed',
      detail: expect.stringMatching(/LARDER_PORT.*LARDER_MEMORY/s),
    });
    expect(statuses(checks)).toContain('service: ok');
    expect(code).toBe(1);
  });

  it('warns of settings that the service does not use', async () => {
    const file = join(folder, 'larder.yaml');
    await writeFile(file, 'ttl: 5m\n');
    const { code, named } = await checked({ LARDER_CONFIG: file });
    expect(named('configuration')).toMatchObject({ status: 'warning', detail: expect.stringContaining('ttl') });
    expect(code).toBe(0);
  });

  it('fails without a service, unless nobody asks for one', async () => {
    const away = { LARDER_URL: 'http://127.0.0.1:1' };
    expect(await checked(away)).toMatchObject({ code: 1, ok: false });
    expect((await checked(away)).named('service')?.status).toBe('failed');
    expect(await checked(away, '--no-service')).toMatchObject({ code: 0, ok: true });
  });

  it('tells a service that is not ready from something that is none', async () => {
    const other = await stubService((_request, response) => response.end('<html>'));
    expect((await checked({ LARDER_URL: other })).named('service')).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('no Larder service'),
    });
    app.lifecycle.startDraining();
    expect((await checked()).named('service')).toMatchObject({ detail: expect.stringContaining('shutting down') });
  });

  it('warns of a clock that is hours away', async () => {
    const { out } = await run(['--json'], { now: () => Date.now() + 3_600_000 });
    const { checks } = JSON.parse(out) as { checks: readonly Check[] };
    expect(checks.find(({ name }) => name === 'service clock')).toMatchObject({
      status: 'warning',
      detail: expect.stringMatching(/^here it is 359[89]\.\d s later/),
    });
  });

  it.each([
    { scopes: ['cache:read'], told: /scopes: cache:read(?!,)/ },
    { scopes: ['cache:delete', 'admin'], told: /scopes: cache:delete, admin(?!,)/ },
    {
      scopes: ['cache:read', 'cache:list'],
      prefixes: ['a:'],
      told: /scopes: cache:read, cache:list(?!,).*certain prefixes only/,
    },
  ])('names the scopes of a key with $scopes', async ({ scopes, prefixes, told }) => {
    const terms = { name: 'k', scopes, ...(prefixes === undefined ? {} : { prefixes }) };
    const made = await app.client.send('POST', '/admin/v1/tenants/default/keys', {
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(terms),
    });
    const { key } = JSON.parse(made.body.toString());
    const { code, named, checks } = await checked({ LARDER_KEY: key });
    expect(named('API key')).toMatchObject({ status: 'ok', detail: expect.stringMatching(told) });
    expect(named('service latency')).toBeUndefined();
    expect({ code, shown: JSON.stringify(checks).includes(key.slice(20)) }).toEqual({ code: 0, shown: false });
  });

  it('fails for a key that the service does not know, and warns where there is none', async () => {
    const wrong = 'a-key-that-nobody-has-made';
    const { code, named, checks } = await checked({ LARDER_KEY: wrong });
    expect(named('API key')?.status).toBe('failed');
    expect({ code, shown: JSON.stringify(checks).includes(wrong) }).toEqual({ code: 1, shown: false });
    expect((await checked({ LARDER_KEY: '' })).named('API key')?.status).toBe('warning');
  });

  it('uses colours in a terminal alone, and not where NO_COLOR is set', async () => {
    const isColoured = async (options: LarderOptions) =>
      (await run(['--no-service'], options)).out.includes('\u001b[32m');
    expect(await isColoured({ isTerminal: true })).toBe(true);
    expect(await isColoured({ isTerminal: false })).toBe(false);
    expect(await isColoured({ isTerminal: true, environment: { NO_COLOR: '1' } })).toBe(false);
    expect(await isColoured({ isTerminal: true, environment: { NO_COLOR: '' } })).toBe(true);
  });
});
