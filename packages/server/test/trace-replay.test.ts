import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Client, httpClient } from './support/http-client.js';
import { freePort, type ServiceProcess, startService } from './support/service-process.js';
import { recordedZipfTrace } from './support/zipf-trace.js';

const recorded = fileURLToPath(new URL('../../../../shared/traces/cache2k-web07.u32.gz', import.meta.url));
const hasTrace = existsSync(recorded);
const source = hasTrace
  ? 'of a web shop (cache2k-web07)'
  : 'made up by a popularity law, because the traces are not here';
const inFlight = 8;

function trace(): Uint32Array {
  if (!hasTrace) return recordedZipfTrace();
  const bytes = gunzipSync(readFileSync(recorded));
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4).slice();
}

const articleOf = (id: number) =>
  JSON.stringify({ id, title: `Article ${id}`, tags: [`id:${id}`], text: 'x'.repeat(id % 200) });

/** What the client saw; the service counts the same things. */
interface Counts {
  hits: number;
  misses: number;
  writes: number;
}

/** Each request as GET, and as a write where that finds nothing; several clients share the trace. */
async function replay(ids: Uint32Array, client: Client, written: Map<number, string>): Promise<Counts> {
  const counts = { hits: 0, misses: 0, writes: 0 };
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < ids.length; at = next++) {
      const id = ids[at] as number;
      const wasAcknowledged = written.has(id);
      const { status, body } = await client.send('GET', `/v1/cache/article%3A${id}`);
      if (status === 200) {
        counts.hits++;
        if (body.toString() !== articleOf(id)) throw new Error(`Article ${id} came back as ${body.toString()}`);
        continue;
      }
      if (status !== 404) throw new Error(`GET answered ${status}: ${body.toString()}`);
      if (wasAcknowledged) throw new Error(`Article ${id} was acknowledged and is missing.`);
      counts.misses++;
      const envelope = JSON.stringify({
        valueBase64: Buffer.from(articleOf(id)).toString('base64'),
        tags: [`id:${id}`],
        ttl: 86_400,
      });
      const write = await client.send('POST', `/v1/cache/article%3A${id}`, {
        body: envelope,
        headers: { 'Content-Type': 'application/json' },
      });
      if (write.status !== 201 && write.status !== 200) throw new Error(`POST answered ${write.status}: ${write.body}`);
      counts.writes++;
      written.set(id, articleOf(id));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return counts;
}

describe(`a trace ${source}, replayed against the started service`, () => {
  let folder = '';
  let service: ServiceProcess | undefined;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'larder-trace-'));
  });
  afterEach(async () => {
    await service?.kill();
    await rm(folder, { recursive: true, force: true });
  });

  it('gets back what was written, is counted alike on both sides, and loses nothing to a kill in the middle', async () => {
    const ids = trace();
    const middle = ids.length >> 1;
    const written = new Map<number, string>();
    const port = await freePort();

    for (const half of [ids.subarray(0, middle), ids.subarray(middle)]) {
      service = await startService(`lmdb:${folder}`, { port });
      const client = httpClient(port);
      for (const [id, value] of written) {
        const { status, body } = await client.send('GET', `/v1/cache/article%3A${id}`);
        if (status !== 200 || body.toString() !== value) throw new Error(`Article ${id} did not survive: ${status}`);
      }
      const survivors = written.size;
      const counts = await replay(half, client, written);
      const { body } = await client.send('GET', '/v1/stats');
      const { hits, misses, writes } = JSON.parse(body.toString());
      expect({ hits, misses, writes }).toEqual({ ...counts, hits: counts.hits + survivors });
      client.close();
      await service.kill();
    }
    expect(written.size).toBeGreaterThan(1_000);
  }, 240_000);
});
