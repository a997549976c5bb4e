import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exitCodes } from '../../src/commands/exit-codes.js';
import { runLarder } from '../support/larder-in-process.js';

const environment = { LARDER_URL: 'http://127.0.0.1:1', LARDER_KEY: 'a-key-that-must-not-be-shown' };
const run = (...words: string[]) => runLarder(words, { environment });

const topLevel = ['serve', 'setup', 'get', 'set', 'delete', 'inspect', 'stats', 'keys', 'tenants', 'doctor'];
const inGroups = [
  ...['create', 'list', 'rotate', 'revoke'].map((word) => ['keys', word]),
  ...['create', 'list', 'show', 'limits', 'usage', 'flush', 'remove'].map((word) => ['tenants', word]),
];
const described = [
  ...topLevel.filter((name) => !['setup', 'keys', 'tenants'].includes(name)).map((name) => [name]),
  ...inGroups,
];

describe('help', () => {
  it('names every command, where the service is looked for, and the exit codes', async () => {
    for (const words of [['--help'], ['-h'], ['help']]) {
      const { code, out } = await run(...words);
      expect(code).toBe(0);
      for (const name of topLevel) expect(out).toMatch(new RegExp(`^ {2}${name} +\\w`, 'm'));
      expect(out).toMatch(/LARDER_URL.*LARDER_KEY.*Exit codes/s);
    }
  });

  it.each(described.map((words) => ({ words, name: words.join(' ') })))(
    'larder $name --help has usage, options and an example',
    async ({ words, name }) => {
      const { code, out } = await run(...words, '--help');
      expect(code).toBe(0);
      expect(out).toMatch(new RegExp(`^\\S.*\\.\n\nUsage: larder ${name}\\b.*\n\nOptions:\n.*--help .*\n`, 's'));
      expect(out).toMatch(new RegExp(`Examples?:\n.*larder ${name}`, 's'));
    },
  );

  it.each(['keys', 'tenants', 'setup'])('larder %s --help names its commands', async (group) => {
    for (const words of [
      [group, '--help'],
      ['help', group],
    ]) {
      const { code, out } = await run(...words);
      expect(code).toBe(0);
      for (const [name, word] of inGroups) if (name === group) expect(out).toContain(`larder ${group} ${word}`);
    }
  });

  it('warns of keys on command lines', async () => {
    expect((await run('get', '--help')).out).toMatch(
      /--key .*LARDER_KEY, which is better: others .* can read command lines/,
    );
  });
});

describe('a misuse', () => {
  it.each([
    [['gte', 'k'], /no command "gte"\. Did you mean larder get\?/],
    [['frobnicate'], /There are serve, setup, health, get, .*doctor/],
    [['keys'], /lacks a command.*larder keys create/s],
    [['keys', 'crate'], /Did you mean larder keys create\?/],
    [['get'], /lacks its <key>.*Example: larder get greeting/s],
    [['get', 'a', 'b'], /takes key behind its name.*quotes/s],
    [['get', 'k', '--jsn'], /no option --jsn\. Did you mean --json\?/],
    [['get', 'k', '--wherever'], /no option --wherever\. There are --output, /],
    [['get', 'k', '--output'], /--output lacks its value: write --output <file>/],
    [['get', 'k', '--output', '--json'], /--output lacks its value.*--output=--json/],
    [['get', 'k', '--json=yes'], /--json takes no value/],
    [['set', 'k', '-5'], /no option -5\. Write -- before/],
    [['set', 'k', 'v', '--ttl', 'soon'], /--ttl is no length of time: write 90, 90s/],
    [['set', 'k', 'v', '--file', 'f'], /a value and --file: write one/],
    [['set', 'k', 'v', '--index', 'user'], /--index user=alice/],
    [['inspect'], /lacks its <key>/],
    [['inspect', 'a', 'b'], /a namespace needs --store/],
    [['inspect', '--store', 'lmdb:x', 'k'], /a namespace and a key/],
    [['inspect', '--store', 'lmdb:x', '--envelope', 'f'], /write one/],
    [['inspect', '--store', 'memory:', 'n', 'k'], /inside the process/],
    [['inspect', '--store', 'rediss:x', 'n', 'k'], /address of the store cannot be used/],
    [['inspect', '--envelope', 'f', 'k'], /no key besides/],
    [['stats', '--interval', '0'], /--interval is no number/],
    [['keys', 'create', '--scope', 'all'], /--name is missing/],
    [['keys', 'create', '--name', 'n'], /--scope is missing.*cache:read/],
    [['keys', 'create', '--name', 'n', '--scope', 'cache:raed'], /Did you mean cache:read\?/],
    [['keys', 'rotate', 'a/b'], /no id of an API key/],
    [['keys', 'rotate', 'abc', '--overlap', '1w'], /--overlap is no length/],
    [['tenants', 'flush', 'shop'], /cannot be undone.*--confirm "shop"/],
    [['tenants', 'remove', 'shop', '--confirm', 'shoop'], /cannot be undone/],
    [['tenants', 'limits', 'shop', '--burst', '100'], /write 100\/60s, or none/],
    [['tenants', 'limits', 'shop', '--entries', '0'], /--entries is no whole number/],
    [['tenants', 'limits', 'shop', '--stored-bytes', '1tb'], /is no size/],
    [['get', 'k', '--url', 'localhost:8080'], /--url is no address of a service: write http/],
    [['get', 'k', '--url', 'http://user:secret@host'], /holds a user.*LARDER_KEY/],
    [['get', 'k', '--key', 'two\nlines'], /line break/],
  ])('%j ends with 2 and says what to write instead', async (words, advice) => {
    const { code, out, error } = await run(...words);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(error).toMatch(advice);
    expect(error).not.toContain('    at ');
    expect(error).not.toContain('secret@');
  });

  it('is told as JSON on standard error where --json is asked for', async () => {
    const { code, out, error } = await run('get', '--json');
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(JSON.parse(error)).toEqual({
      error: { code: 'usage', exitCode: 2, message: expect.stringContaining('<key>') },
    });
  });

  it('without an API key says where to put one', async () => {
    const { code, error } = await runLarder(['get', 'k']);
    expect({ code, error }).toEqual({ code: 2, error: expect.stringContaining('set LARDER_KEY') });
  });

  it('of standard input, where that is a terminal, waits for nothing', async () => {
    const { code, error } = await runLarder(['set', 'k'], { environment, isTerminal: true });
    expect({ code, error }).toEqual({ code: 2, error: expect.stringContaining('There is no value') });
  });

  it('repeats no API key, wherever it was written by mistake', async () => {
    const whole = `lrd_live_4fGh21Kd0a_${'x'.repeat(43)}_000000`;
    for (const words of [
      [whole],
      ['keys', whole],
      ['keys', 'revoke', whole],
      ['get', 'k', `--${whole}`],
      ['keys', 'create', '--name', 'n', '--scope', whole],
      ['get', environment.LARDER_KEY, 'x', '--key', whole],
      ['get', 'k', '--url', environment.LARDER_KEY],
      [environment.LARDER_KEY],
    ]) {
      const { code, error } = await run(...words);
      expect(code).toBe(2);
      expect(error).not.toContain('x'.repeat(43));
      expect(error).not.toContain(environment.LARDER_KEY);
    }
  });
});

describe('docs/cli.md', () => {
  const page = readFileSync(new URL('../../../../docs/cli.md', import.meta.url), 'utf8');

  it('has a row for each exit code, and no other', () => {
    const rows = [...page.matchAll(/^\| (\d) \| /gm)].map(([, code]) => Number(code));
    expect(rows).toEqual(Object.values(exitCodes));
  });

  it.each(described.map((words) => words.join(' ')))('shows larder %s', (name) => {
    expect(page).toContain(`larder ${name}`);
  });
});
