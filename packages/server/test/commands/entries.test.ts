import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AppInProcess, startApp } from '../support/app-in-process.js';
import { type LarderOptions, runLarder } from '../support/larder-in-process.js';
import { apiKey } from '../support/service-process.js';
import { stubService } from '../support/stub-service.js';

let app: AppInProcess;
let folder: string;
beforeEach(async () => {
  app = await startApp();
  folder = await mkdtemp(join(tmpdir(), 'larder-cli-'));
});
afterEach(async () => {
  await app.close();
  await rm(folder, { recursive: true, force: true });
});

const run = (words: readonly string[], options: LarderOptions = {}) =>
  runLarder(words, { environment: { LARDER_URL: `http://127.0.0.1:${app.port}`, LARDER_KEY: apiKey }, ...options });
const hostileKeys = ['.', '..', 'a/b', '/', '%2e', '?q#f', 'é\u0301', ' ', '{}:', '--help', 'a\u202eb', '🗝'];

describe('larder set and get', () => {
  it.each(hostileKeys)('keep the key %j as it is', async (key) => {
    expect((await run(['set', '--', key, `of ${key}`])).code).toBe(0);
    expect(await run(['get', '--', key])).toMatchObject({ code: 0, out: `of ${key}` });
    expect((await app.tenant.entries.getEntry(key))?.value).toBeDefined();
    expect((await run(['delete', '--json', '--', key])).out).toBe(`${JSON.stringify({ key, deleted: true })}\n`);
  });

  it('send keys in a form that no proxy on the way resolves or decodes', async () => {
    const asked: (string | undefined)[] = [];
    const url = await stubService(({ url }, response) => {
      asked.push(url);
      response.writeHead(204).end();
    });
    for (const key of hostileKeys) await run(['delete', '--url', `${url}/behind/a/prefix/`, '--', key]);
    expect(asked).toHaveLength(hostileKeys.length);
    for (const address of asked) expect(address).toMatch(/^\/behind\/a\/prefix\/v1\/b64\/[\w-]+$/);
  });

  it('keep every byte, from standard input, from a file, and into one', async () => {
    const bytes = randomBytes(100_000);
    await writeFile(join(folder, 'in'), bytes);
    await run(['set', 'piped'], { input: bytes });
    await run(['set', 'dash', '--file', '-'], { input: bytes });
    await run(['set', 'file', '--file', join(folder, 'in')]);
    for (const key of ['piped', 'dash', 'file']) expect((await run(['get', key])).bytes.equals(bytes)).toBe(true);
    const { code, out } = await run(['get', 'file', '-o', join(folder, 'out')]);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining('100000 bytes') });
    expect((await readFile(join(folder, 'out'))).equals(bytes)).toBe(true);
  });

  it('add nothing to a value: no line break, not even where it is empty', async () => {
    for (const value of ['', 'x', 'x\n', '007']) {
      await run(['set', 'k', value]);
      expect((await run(['get', 'k'])).out).toBe(value);
    }
  });

  it('give life, tags, terms and type', async () => {
    await run([
      'set',
      'k',
      '{"a": 1}',
      '--ttl',
      '10m',
      '--tag',
      'one',
      '--tag',
      'two',
      '--index',
      'user=a=b',
      '--type',
      'application/json',
    ]);
    const entry = await app.tenant.entries.getEntry('k');
    expect(entry).toMatchObject({ tags: ['one', 'two'], indexes: { user: 'a=b' }, contentType: 'application/json' });
    expect((entry?.freshUntil ?? 0) - app.clock.now()).toBe(600_000);
    await run(['set', 'plain', 'x', '--ttl', '90']);
    const plain = await app.tenant.entries.getEntry('plain');
    expect(plain?.contentType).toBe('text/plain; charset=utf-8');
    expect((plain?.freshUntil ?? 0) - app.clock.now()).toBe(90_000);
  });

  it.each([[[]], [['--tag', 't']]])(
    '--if-absent writes only where there is none, and ends with 5 (%j)',
    async (more) => {
      expect((await run(['set', 'k', 'one', '--if-absent', ...more])).code).toBe(0);
      expect(await run(['set', 'k', 'two', '--if-absent', ...more])).toMatchObject({ code: 5, out: '' });
      expect((await run(['get', 'k'])).out).toBe('one');
    },
  );

  it('tell as JSON what was written, and the entry with the digits that it has', async () => {
    const made = JSON.parse(
      (await run(['set', 'k', '[1.0, 12345678901234567890]', '--type', 'application/json', '--json'])).out,
    );
    expect(made).toEqual({ key: 'k', created: true, bytes: 27, etag: expect.stringMatching(/^"/), ttl: 2_592_000 });
    const { out } = await run(['get', 'k', '--json']);
    expect(out).toContain('"value":[1.0, 12345678901234567890]');
    expect(JSON.parse(out)).toMatchObject({ key: 'k', etag: made.etag });
  });

  it('refuse a value that the service refuses, in its words', async () => {
    const { code, error } = await run(['set', 'k', '--json'], { input: Buffer.alloc(1_048_577) });
    expect({ code, ...JSON.parse(error).error }).toMatchObject({ code: 'value_too_large', status: 413, exitCode: 1 });
  });

  it('say which file cannot be read or written', async () => {
    const missing = join(folder, 'no', 'file');
    expect(await run(['set', 'k', '--file', missing])).toMatchObject({
      code: 1,
      error: expect.stringContaining('cannot be read'),
    });
    await run(['set', 'k', 'v']);
    expect(await run(['get', 'k', '-o', missing])).toMatchObject({
      code: 1,
      error: expect.stringContaining('cannot be written'),
    });
  });
});

describe('exit codes', () => {
  it('tell what is missing, refused and unreachable apart', async () => {
    expect(await run(['get', 'absent'])).toMatchObject({ code: 3, out: '' });
    expect((await run(['inspect', 'absent'])).code).toBe(3);
    expect((await run(['delete', 'absent'])).code).toBe(0);
    expect((await run(['set', 'k\n', 'x'])).code).toBe(2);
    expect((await run(['set', 'k', 'x', '--ttl', '0'])).code).toBe(2);
    expect((await run(['get', 'k', '--key', 'no key of this service'])).code).toBe(4);
    expect((await run(['get', 'k', '--url', 'http://127.0.0.1:1'])).code).toBe(6);
    const problem = JSON.stringify({ code: 'store_unavailable', detail: 'The store does not answer.' });
    const url = await stubService((_request, response) => response.writeHead(503).end(problem));
    expect((await run(['get', 'k', '--url', url])).code).toBe(6);
  });

  it.each([
    { what: 'a web site', answer: [200, '<html>'], words: ['stats', '--once'], told: 'its answer is not JSON' },
    { what: 'a proxy that refuses', answer: [502, '<html>'], words: ['get', 'k'], told: 'it answered 502' },
    { what: 'a login page', answer: [302, ''], words: ['get', 'k'], told: 'it answered 302' },
  ] as const)('say that $what is no service', async ({ answer: [status, body], words, told }) => {
    const url = await stubService((_request, response) => response.writeHead(status).end(body));
    const { code, out, error } = await run([...words, '--url', url]);
    expect({ code, out }).toEqual({ code: status === 502 ? 6 : 1, out: '' });
    expect(error).toContain(told);
  });

  it('come with the code, the status and the request of the problem', async () => {
    const { error } = await run(['get', 'absent', '--json']);
    expect(JSON.parse(error)).toEqual({
      error: {
        code: 'key_not_found',
        message: expect.any(String),
        exitCode: 3,
        status: 404,
        requestId: expect.any(String),
        retryable: false,
      },
    });
  });
});

describe('larder inspect', () => {
  it('shows every attribute, and nothing that could control a terminal', async () => {
    await run(['set', 'k', 'one\u001b]0;owned\u0007', '--tag', 'a\u202et', '--ttl', '60']);
    const shown = (await run(['inspect', 'k'], { isTerminal: true })).out;
    expect(shown).toMatch(/^ttl +60$/m);
    for (const character of ['\u001b', '\u0007', '\u202e']) expect(shown).not.toContain(character);
    expect(shown).toContain('a\\u{202e}t');
    expect(shown).toContain('one\\u{1b}]0;owned\\u{7}');
  });

  it('gives the document of the service with --json', async () => {
    await run(['set', 'k', 'v', '--tag', 't']);
    expect(JSON.parse((await run(['inspect', 'k', '--json'])).out)).toMatchObject({
      key: 'k',
      value: 'v',
      tags: ['t'],
    });
  });
});
