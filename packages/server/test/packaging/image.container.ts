import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { redisIsMissing, startRedis } from '../../../cache/test/servers/redis.js';
import { apiKey } from '../support/service-process.js';
import { nginxIsMissing, startBalancer } from './balancer.js';
import { buildImage, type Image } from './build-image.js';
import { newVolume, type RunOptions, runContainer, startContainer } from './container.js';
import { namespacesAreMissing } from './namespaces.js';

const source = fileURLToPath(new URL('../../../..', import.meta.url));
const headers = { Authorization: `Bearer ${apiKey}` };
const skipped = (why: string | undefined) => (why === undefined ? '' : ` (skipped: ${why})`);
const pairIsMissing = redisIsMissing ?? nginxIsMissing;

async function put(base: string, key: string, body: string | Uint8Array<ArrayBuffer>): Promise<number> {
  const response = await fetch(`${base}/v1/cache/${key}`, { method: 'PUT', body, headers });
  await response.arrayBuffer();
  return response.status;
}

async function get(base: string, key: string): Promise<string> {
  return (await fetch(`${base}/v1/cache/${key}`, { headers })).text();
}

describe.skipIf(namespacesAreMissing)(`what the Dockerfile makes${skipped(namespacesAreMissing)}`, () => {
  let folder = '';
  let image: Image;
  let folders = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'larder-image-'));
    image = await buildImage(source, folder);
  }, 600_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const newFolder = () => join(folder, `of-test-${folders++}`);
  const volume = () => newVolume(image, newFolder());
  const start = async (options: RunOptions) => {
    const environment = { LARDER_BOOTSTRAP_KEY: apiKey, ...options.environment };
    const container = await startContainer(image, { ...options, environment });
    onTestFinished(async () => void (await container.end('SIGKILL')));
    return container;
  };

  it('has what the service needs at run time, and nothing that built it', () => {
    const files = join(image.root, image.workingFolder);
    const installed = JSON.parse(readFileSync(join(files, 'node_modules/.package-lock.json'), 'utf8'));
    const packages: readonly { dev?: boolean }[] = Object.values(installed.packages);
    expect(packages.length).toBeGreaterThan(50);
    expect(packages.filter(({ dev }) => dev)).toEqual([]);
    const { devDependencies } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
    const left = Object.keys(devDependencies).filter((name) => existsSync(join(files, 'node_modules', name)));
    // Also a dependency of one that stays.
    expect(left.filter((name) => name !== '@types/node')).toEqual([]);
    expect(readdirSync(files).sort()).toEqual(['LICENSE', 'larder.yaml', 'node_modules', 'packages']);
    for (const name of ['cache', 'server'])
      expect(readdirSync(join(files, 'packages', name)).sort()).toEqual(['dist', 'package.json']);
  });

  it('serves as an unprivileged user who can write to the volume alone, and ends with 0 on SIGTERM', async () => {
    const data = volume();
    const container = await start({ volume: data });
    expect(await put(container.base, 'k', 'kept')).toBe(201);
    expect(await get(container.base, 'k')).toBe('kept');
    expect(readdirSync(data)).toContain('data.mdb');

    const places = ['/larder/x', '/larder/packages/server/dist/x', '/tmp/x', '/etc/x', '/x', '/data/x'];
    const attempts = `for (const file of ${JSON.stringify(places)})
      try { require('fs').writeFileSync(file, ''); console.log(file) } catch (error) { console.log(error.code) }
      console.log(process.getuid(), process.getgid(), process.getgroups().join());`;
    const { output } = await container.execute(['node', '--eval', attempts]);
    expect(output.trim().split('\n')).toEqual([...Array(5).fill('EROFS'), '/data/x', '1000 1000 1000']);

    const begin = performance.now();
    expect(await container.end('SIGTERM')).toBe(0);
    expect(performance.now() - begin).toBeLessThan(10_000);
    expect(container.output()).toContain('"signal":"SIGTERM"');
  });

  it('does not start where it can write to nothing', async () => {
    const { code, output } = await runContainer(image, {
      volume: volume(),
      environment: { LARDER_STORE: 'lmdb:/larder/elsewhere' },
    });
    expect(code).toBe(1);
    expect(output).toMatch(/^LARDER_STORE cannot be opened: .*\n$/);
  });

  it('is found healthy, and no longer when the process hangs', async () => {
    const container = await start({ volume: volume() });
    expect(await container.execute(image.healthCheck)).toEqual({ code: 0, output: 'alive\n' });
    container.signal('SIGSTOP');
    expect(await container.execute(image.healthCheck)).toMatchObject({ code: 1 });
    container.signal('SIGCONT');
    expect(await container.execute(image.healthCheck)).toMatchObject({ code: 0 });
  });

  it('starts again on its volume after it was killed, though its process has the same number', async () => {
    const data = volume();
    const killed = await start({ volume: data });
    expect(await put(killed.base, 'k', 'kept')).toBe(201);
    await killed.end('SIGKILL');
    expect(readdirSync(data).filter((name) => name.startsWith('open-exclusive-1-'))).not.toEqual([]);
    const again = await start({ volume: data });
    expect(await get(again.base, 'k')).toBe('kept');
    expect(await again.end('SIGTERM')).toBe(0);
  });

  it('prints the first key where none is given, and takes it', async () => {
    const container = await startContainer(image, { volume: volume() });
    onTestFinished(async () => void (await container.end('SIGKILL')));
    await expect.poll(() => container.output()).toContain('curl');
    const [, key] = /^ {2}(\S+)$/m.exec(container.output()) ?? [];
    const answer = await fetch(`${container.base}/v1/stats`, { headers: { Authorization: `Bearer ${key}` } });
    expect(answer.status).toBe(200);
  });

  it('runs the other commands of larder too', async () => {
    const { code, output } = await runContainer(image, { volume: volume(), parameters: ['help'] });
    expect([code, output]).toEqual([0, expect.stringContaining('larder <command> --help')]);
  });

  it('can open every store that has an address, and use every codec', async () => {
    const container = await start({ volume: volume() });
    const clients = `const { createRequire } = await import('node:module');
      const require = createRequire('/larder/packages/cache/dist/index.js');
      const { peerDependencies } = require('@larder/cache/package.json');
      const unused = ['redis', 'prom-client', '@opentelemetry/api'];
      for (const name of Object.keys(peerDependencies).filter((name) => !unused.includes(name))) await import(require.resolve(name));
      console.log('all');`;
    const ended = await container.execute(['node', '--input-type=module', '--eval', clients]);
    expect(ended).toEqual({ code: 0, output: 'all\n' });
  });

  describe.skipIf(pairIsMissing)(`two of it on a Redis, behind the balancer${skipped(pairIsMissing)}`, () => {
    it('share their entries, and one that ends costs no request', async () => {
      const redis = await startRedis();
      onTestFinished(() => redis.stop());
      const environment = { LARDER_STORE: redis.url };
      const one = await start({ volume: volume(), environment });
      const other = await start({ volume: volume(), environment });
      const site = readFileSync(join(source, 'deploy/balancer/nginx.conf'), 'utf8');
      const places = { 'larder-1:8080': `127.0.0.1:${one.port}`, 'larder-2:8080': `127.0.0.1:${other.port}` };
      const balancer = await startBalancer(site, places, newFolder());
      onTestFinished(() => balancer.stop());

      expect(await put(balancer.base, 'a%2Fb%20c', 'by the balancer')).toBe(201);
      for (const node of [one, other]) expect(await get(node.base, 'a%2Fb%20c')).toBe('by the balancer');
      expect(await put(balancer.base, 'large', new Uint8Array(2 ** 20))).toBe(201);

      const answers: string[] = [];
      let asking = true;
      const ask = async (name: string) => {
        for (let at = 0; asking; at++) {
          const key = `${name}-${at}`;
          answers.push(`${await put(balancer.base, key, key)} ${(await get(balancer.base, key)) === key}`);
        }
      };
      const asked = ['p', 'q', 'r', 's'].map(ask);
      await expect.poll(() => answers.length, { timeout: 10_000 }).toBeGreaterThan(200);
      for (const node of [one, other]) {
        const stats = await (await fetch(`${node.base}/v1/stats`, { headers })).json();
        expect(stats).toMatchObject({ writes: expect.toSatisfy((writes: number) => writes > 20) });
      }
      expect(await one.end('SIGTERM')).toBe(0);
      const before = answers.length;
      await expect.poll(() => answers.length, { timeout: 10_000 }).toBeGreaterThan(before + 200);
      asking = false;
      await Promise.all(asked);
      expect(answers.filter((answer) => answer !== '201 true')).toEqual([]);
    });
  });
});
