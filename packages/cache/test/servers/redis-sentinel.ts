import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { end, launch, type RedisServer, startRedis } from './redis.js';

export interface SentinelledRedis {
  readonly primary: RedisServer;
  readonly replica: RedisServer;
  readonly name: string;
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  stop(): Promise<void>;
}

const name = 'main';

/** A primary and its replica, watched by three Sentinels that need two votes. */
export async function startSentinelledRedis(): Promise<SentinelledRedis> {
  const primary = await startRedis();
  const replica = await startRedis(['--replicaof', '127.0.0.1', String(primary.port)]);
  const folder = await mkdtemp(join(tmpdir(), 'larder-sentinel-'));
  const watchers: ChildProcess[] = [];
  const sentinels: { host: string; port: number }[] = [];
  for (let index = 0; index < 3; index++) {
    const port = await freePort();
    const file = join(folder, `${port}.conf`);
    await writeFile(file, configuration(port, primary.port, folder));
    watchers.push(await launch([file, '--sentinel'], port));
    sentinels.push({ host: '127.0.0.1', port });
  }
  return {
    primary,
    replica,
    name,
    sentinels,
    async stop() {
      await Promise.all(watchers.map(end));
      await Promise.all([primary.stop(), replica.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function configuration(port: number, primaryPort: number, folder: string): string {
  return `port ${port}
bind 127.0.0.1
dir ${folder}
sentinel monitor ${name} 127.0.0.1 ${primaryPort} 2
sentinel down-after-milliseconds ${name} 1000
sentinel failover-timeout ${name} 5000
`;
}
