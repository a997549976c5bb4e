import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { freePort } from './free-port.js';
import { type RedisServer, startRedis } from './redis.js';

const run = promisify(execFile);

export interface RedisCluster {
  /** Six: three primaries, then their replicas. */
  readonly nodes: readonly RedisServer[];
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  /** What `redis-cli` prints. */
  cli(...args: string[]): Promise<string>;
  /** Its standing as the first node that is alive sees it: id, port, whether it is a primary, whether it has failed. */
  members(): Promise<readonly ClusterMember[]>;
  /** Resolves when all slots are served. */
  untilServed(): Promise<void>;
  stop(): Promise<void>;
}

export interface ClusterMember {
  readonly id: string;
  readonly port: number;
  readonly isPrimary: boolean;
  readonly hasFailed: boolean;
}

const nodeOptions = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];

/** A Redis Cluster of six on the loopback interface. */
export async function startRedisCluster(options: readonly string[] = []): Promise<RedisCluster> {
  const nodes: RedisServer[] = [];
  for (let index = 0; index < 6; index++) {
    const port = await freePort();
    nodes.push(await startRedis([...nodeOptions, '--cluster-port', String(port + 10_000), ...options], port));
  }
  const addresses = nodes.map(({ port }) => ({ host: '127.0.0.1', port }));
  const cli = async (...args: string[]) => {
    try {
      return (await run('redis-cli', args, { maxBuffer: 64 * 1024 ** 2 })).stdout;
    } catch (error) {
      const said = (error as { stdout?: string }).stdout?.slice(-500);
      throw new Error(`redis-cli ${args.join(' ')}: ${said}`, { cause: error });
    }
  };
  const hosts = addresses.map(({ host, port }) => `${host}:${port}`);
  await cli('--cluster', 'create', ...hosts, '--cluster-replicas', '1', '--cluster-yes');

  const cluster: RedisCluster = {
    nodes,
    addresses,
    cli,
    async members() {
      for (const { port } of nodes) {
        const text = await cli('-p', String(port), 'cluster', 'nodes').catch(() => '');
        if (text.includes('myself')) return text.trim().split('\n').map(memberIn);
      }
      throw new Error('No node of the cluster answers.');
    },
    async untilServed() {
      for (let attempt = 0; attempt < 600; attempt++) {
        const states = await Promise.all(
          nodes.map(({ port }) => cli('-p', String(port), 'cluster', 'info').catch(() => '')),
        );
        const alive = states.filter((state) => state !== '');
        if (alive.length > 0 && alive.every((state) => state.includes('cluster_state:ok'))) return;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      throw new Error('The cluster did not come to serve all slots.');
    },
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
  await cluster.untilServed();
  await untilAgreed(cluster);
  return cluster;
}

/** Resolves when every node knows who is whose replica: that gets about a little later than the slots. */
async function untilAgreed({ nodes, cli }: RedisCluster): Promise<void> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const views = await Promise.all(nodes.map(({ port }) => cli('-p', String(port), 'cluster', 'nodes')));
    if (views.every((view) => (view.match(/ (myself,)?slave /g) ?? []).length === nodes.length / 2)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('The nodes of the cluster did not come to agree.');
}

function memberIn(line: string): ClusterMember {
  const [id = '', address = '', flags = ''] = line.split(' ');
  return {
    id,
    port: Number(/:(\d+)/.exec(address)?.[1]),
    isPrimary: flags.includes('master'),
    hasFailed: /\bfail\b/.test(flags),
  };
}
