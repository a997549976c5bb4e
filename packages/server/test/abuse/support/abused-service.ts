import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import type { Limits } from '../../../src/limits.js';
import { type Client, httpClient } from '../../support/http-client.js';
import { apiKey, end, freePort, untilReady } from '../../support/service-process.js';

const main = fileURLToPath(new URL('limited-service.mjs', import.meta.url));
const mebibyte = 1_024 * 1_024;

/** The service as a process of its own on LMDB without memory before it, so that each read makes bytes of its own. */
export interface AbusedService {
  readonly port: number;
  readonly polite: Client;
  /** What the process takes of the machine's memory, in MiB. */
  memory(): number;
  /** Connections among them. */
  openFiles(): number;
  /** The same process still answers. */
  expectWell(): Promise<void>;
  stop(): Promise<void>;
}

export async function startAbusedService(limits: Partial<Limits> = {}): Promise<AbusedService> {
  const folder = await mkdtemp(join(tmpdir(), 'larder-abuse-'));
  const port = await freePort();
  const child = spawn(process.execPath, [main], {
    env: {
      PATH: process.env.PATH,
      LARDER_PORT: String(port),
      LARDER_STORE: `lmdb:${folder}`,
      LARDER_MEMORY: 'off',
      LARDER_BOOTSTRAP_KEY: apiKey,
      LARDER_TEST_LIMITS: JSON.stringify(limits),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const printed: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => printed.push(String(data)));
  await untilReady(`http://127.0.0.1:${port}`, child, () => printed.join(''));
  const polite = httpClient(port);
  return {
    port,
    polite,
    memory: () => memoryOf(child),
    openFiles: () => readdirSync(`/proc/${child.pid}/fd`).length,
    async expectWell() {
      expect([child.exitCode, printed.join('')]).toEqual([null, '']);
      // Tests run at the same time, and may ask at the same time.
      const path = `/v1/cache/${randomUUID()}?ttl=60`;
      expect((await polite.send('PUT', path, { body: 'well' })).status).toBe(201);
      expect((await polite.send('GET', path)).body.toString()).toBe('well');
    },
    async stop() {
      polite.close();
      await end(child, 'SIGKILL');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function memoryOf({ pid }: ChildProcess): number {
  const resident = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(resident) / 1_024;
}

export const megabyte = Buffer.alloc(mebibyte, 'x');
