import { describe, expect, it } from 'vitest';
import { Problem } from '../../../src/http/problem.js';
import { destinationOf } from '../../../src/modules/webhooks/destination.js';
import { checkedWebhookUrl } from '../../../src/modules/webhooks/webhook-url.js';

const addresses: Readonly<Record<string, readonly string[]>> = {
  'hooks.example': ['93.184.216.34', '2606:2800:220:1::1'],
  'intranet.example': ['10.0.0.7'],
  'both.example': ['93.184.216.34', '169.254.169.254'],
  localhost: ['127.0.0.1', '::1'],
};
const resolve = async (host: string) => {
  const found = addresses[host];
  if (found === undefined) throw new Error(`ENOTFOUND ${host}`);
  return found;
};

describe('the URL of a webhook', () => {
  const check = (url: string, allowsLoopback = false) => checkedWebhookUrl(url, { resolve, allowsLoopback });

  it.each([
    'https://hooks.example/path?query=1',
    'https://hooks.example:8443/',
    'https://93.184.216.34/',
    'https://[2606:2800:220:1::1]/',
    'https://not-there-yet.example/',
  ])('%s is taken', async (url) => {
    expect(await check(url)).toBe(url);
  });

  it.each([
    ['not a url', /is no URL/],
    ['', /is no URL/],
    [`https://hooks.example/${'x'.repeat(2_048)}`, /is no URL/],
    ['http://hooks.example/', /https/],
    ['ftp://hooks.example/', /https/],
    ['file:///etc/passwd', /https/],
    ['https://user:secret@hooks.example/', /name and a password/],
    ['https://hooks.example/#fragment', /fragment/],
    ['https://intranet.example/', /private/],
    ['https://both.example/', /metadata/],
    ['https://localhost/', /loopback/],
    ['https://127.0.0.1/', /loopback/],
    ['https://127.1/', /loopback/],
    ['https://0x7f000001/', /loopback/],
    ['https://2130706433/', /loopback/],
    ['https://017700000001/', /loopback/],
    ['https://①②⑦.0.0.1/', /loopback/],
    ['https://[::1]/', /loopback/],
    ['https://[::ffff:127.0.0.1]/', /IPv4 within IPv6/],
    ['https://[64:ff9b::10.0.0.1]/', /IPv4 within IPv6/],
    ['https://169.254.169.254/latest/meta-data', /metadata/],
    ['https://0/', /reserved/],
  ])('%s is refused', async (url, why) => {
    const problem = await check(url).catch((error) => error);
    expect(problem).toBeInstanceOf(Problem);
    expect([problem.code, why.test(problem.message)]).toEqual(['invalid_body', true]);
    expect(problem.message).not.toMatch(/secret|93\.184|169\.254/);
  });

  it('may be http and lead to this machine with the flag, and still nowhere else that is not public', async () => {
    expect(await check('http://localhost:3000/', true)).toBe('http://localhost:3000/');
    expect(await check('http://[::1]:3000/', true)).toBe('http://[::1]:3000/');
    await expect(check('http://10.0.0.1/', true)).rejects.toThrow(/private/);
    await expect(check('http://[::ffff:127.0.0.1]/', true)).rejects.toThrow(/IPv4 within IPv6/);
  });
});

describe('the address that a delivery is sent to', () => {
  const url = new URL('https://hooks.example/');

  it('is another one with each attempt, where there are several', async () => {
    const at = async (turn: number) => destinationOf(url, { resolve, allowsLoopback: false, turn });
    expect([await at(0), await at(1), await at(2)]).toMatchObject([
      { address: '93.184.216.34' },
      { address: '2606:2800:220:1::1' },
      { address: '93.184.216.34' },
    ]);
  });

  it('is none where one of several is not public', async () => {
    for (const turn of [0, 1]) {
      const found = await destinationOf(new URL('https://both.example/'), { resolve, allowsLoopback: true, turn });
      expect(found).toMatchObject({ ok: false, isRefused: true });
    }
  });
});
