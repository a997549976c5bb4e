import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { readKeyTypes } from '../../../src/modules/stats/read-key-types.js';
import type { Observation } from '../../../src/observation.js';
import { storeInTrouble } from '../../live-answers/store-in-trouble.js';
import { type AppInProcess, startApp } from '../../support/app-in-process.js';
import { apiKey } from '../../support/service-process.js';

let app: AppInProcess;
afterEach(() => app.close());

const metrics = async () => (await app.client.send('GET', '/metrics')).body.toString();
const sampleOf = (text: string, sample: string) =>
  text
    .split('\n')
    .find((line) => line.startsWith(`${sample} `))
    ?.slice(sample.length + 1);
const line = /^(?:# (?:HELP|TYPE) \w+ .+|\w+(?:\{(?:\w+="(?:[^"\\\n]|\\.)*",?)+\})? -?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/;

const put = (key: string) => app.client.send('PUT', `/v1/cache/${key}`, { body: 'x' });
const get = (key: string) => app.client.send('GET', `/v1/cache/${key}`);

describe('/metrics', () => {
  it('is text that Prometheus reads, each metric once and with its type', async () => {
    app = await startApp({ memory: { values: 'share' } });
    await put('k');
    await get('k');
    const lines = (await metrics()).trimEnd().split('\n');
    expect(lines.filter((text) => !line.test(text))).toEqual([]);
    const types = lines.filter((text) => text.startsWith('# TYPE')).map((text) => text.split(' ')[2]);
    expect(new Set(types).size).toBe(types.length);
    expect(types).toEqual(
      expect.arrayContaining([
        'larder_hits_total',
        'larder_answers_total',
        'larder_request_duration_seconds',
        'larder_event_loop_delay_seconds',
        'process_resident_memory_bytes',
        'larder_build_info',
      ]),
    );
  });

  it('has a histogram of durations whose last bucket is its count', async () => {
    let time = 0;
    // Each look at the clock is 300 microseconds after the one before.
    app = await startApp({ observation: { stopwatch: () => (time += 0.3) } });
    await get('absent');
    await get('absent');
    const text = await metrics();
    const of = (rest: string) => sampleOf(text, `larder_request_duration_seconds${rest}`);
    const labels = 'route="entry",status="4xx"';
    expect(of(`_bucket{${labels},le="0.00025"}`)).toBe('0');
    expect(of(`_bucket{${labels},le="0.0005"}`)).toBe('2');
    expect(of(`_bucket{${labels},le="+Inf"}`)).toBe('2');
    expect(of(`_count{${labels}}`)).toBe('2');
    expect(Number(of(`_sum{${labels}}`))).toBeCloseTo(0.0006);
  });

  it('tells hits in memory from those in the store, and errors of the store', async () => {
    const { store, become } = storeInTrouble();
    app = await startApp({ store, memory: { values: 'share' } });
    await put('k');
    await get('k');
    await get('k');
    await app.tenant.entries.memory?.resize({ maxEntries: 1 });
    await put('other');
    await get('k');
    const before = await metrics();
    const hits = ['memory', 'store'].map((tier) => Number(sampleOf(before, `larder_tier_hits_total{tier="${tier}"}`)));
    expect(hits.reduce((sum, count) => sum + count)).toBe(3);
    expect(hits[1]).toBe(1);
    become('down');
    await get('absent');
    expect(Number(sampleOf(await metrics(), 'larder_store_errors_total'))).toBeGreaterThan(0);
  });

  it('counts bytes, and requests that are not answered yet', async () => {
    app = await startApp();
    await app.client.send('PUT', '/v1/cache/k', { body: 'x'.repeat(1_000) });
    const socket = connect({ port: app.port, host: '127.0.0.1' });
    const head = `PUT /v1/cache/slow HTTP/1.1\r\nHost: larder\r\nAuthorization: Bearer ${apiKey}\r\nContent-Length: 10\r\n\r\n`;
    socket.write(head);
    const inFlight = async () => sampleOf(await metrics(), 'larder_requests_in_flight');
    await expect.poll(inFlight).toBe('2');
    socket.destroy();
    await expect.poll(inFlight).toBe('1');
    expect(sampleOf(await metrics(), 'larder_received_bytes_total')).toBe('1000');
  });

  it('groups keys by configured types, in single reads and in batches, and names no key', async () => {
    app = await startApp({ observation: keyTypes('user:*=user,session:*=session') });
    await put('user%3A1');
    for (const key of ['user%3A1', 'user%3A2', 'secret-name']) await get(key);
    const operations = [
      { op: 'get', key: 'session:1' },
      { op: 'get', key: 'user:1' },
    ];
    const headers = { 'Content-Type': 'application/json' };
    await app.client.send('POST', '/v1/batch', { body: JSON.stringify({ operations }), headers });
    const text = await metrics();
    const of = (what: string, type: string) => sampleOf(text, `larder_key_type_${what}_total{key_type="${type}"}`);
    expect([of('hits', 'user'), of('misses', 'user')]).toEqual(['2', '1']);
    expect([of('hits', 'session'), of('misses', 'session')]).toEqual(['0', '1']);
    expect([of('hits', 'other'), of('misses', 'other')]).toEqual(['0', '1']);
    expect(text).not.toMatch(/secret-name|user:1/);
  });

  it('names tenants only where that is asked for, and then instead of the sum', async () => {
    app = await startApp();
    await put('k');
    expect(sampleOf(await metrics(), 'larder_writes_total')).toBe('1');
    expect(await metrics()).not.toContain('default');
    await app.close();
    app = await startApp({ observation: { tenantLabels: true } });
    await put('k');
    expect(sampleOf(await metrics(), 'larder_writes_total{tenant="default"}')).toBe('1');
    expect(sampleOf(await metrics(), 'larder_writes_total')).toBeUndefined();
  });
});

function keyTypes(text: string): Partial<Observation> {
  const result = readKeyTypes(text);
  return 'value' in result ? { keyTypes: result.value } : {};
}
