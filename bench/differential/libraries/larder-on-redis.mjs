import { createCache, StoreError, UnsupportedByStoreError } from '@larder/cache';
import { createClient, RESP_TYPES } from 'redis';
import { nodeRedisOptions, patienceMs } from '../redis-clients.mjs';
import { callsOf } from './larder.mjs';

/** Larder on the store below. */
export function openOnRedis({ backEnd, ttlMs, graceMs, tunedClient }) {
  const store = redisStore(nodeRedisOptions(backEnd, tunedClient));
  return callsOf(createCache({ ttl: `${ttlMs}ms`, store, storeTimeout: `${patienceMs}ms` }), graceMs);
}

const writeScript = `
local standing = redis.call('HGET', KEYS[1], 'version')
if ARGV[1] == 'absent' and standing then return 'condition-failed' end
if ARGV[1] == 'version' and standing ~= ARGV[2] then return 'condition-failed' end
redis.call('DEL', KEYS[1])
if ARGV[3] == 'delete' then return standing and 'replaced' or 'created' end
redis.call('HSET', KEYS[1], 'bytes', ARGV[4], 'expiresAt', ARGV[5], 'version', ARGV[6])
if ARGV[5] ~= 'Infinity' then redis.call('PEXPIREAT', KEYS[1], ARGV[5]) end
return standing and 'replaced' or 'created'`;

/**
 * The bench's own, until Larder has a Redis store: enough of the contract for the outages, one hash a key. It knows no
 * indexes, and its `modify` does not see a touch that came in between.
 */
function redisStore(clientOptions) {
  const client = createClient(clientOptions);
  client.on('error', () => {});
  const binary = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });

  async function attempt(work) {
    try {
      if (!client.isOpen) client.connect().catch(() => {});
      return await work();
    } catch (error) {
      throw new StoreError('redis', `Redis did not do it: ${error.message}`, { cause: error });
    }
  }

  async function read(key) {
    const { bytes, expiresAt, version } = await binary.hGetAll(key);
    if (bytes === undefined) return undefined;
    return { bytes: new Uint8Array(bytes), expiresAt: Number(expiresAt), version: String(version) };
  }

  function write(key, condition, entry) {
    const [kind, version] =
      condition === undefined ? ['any', ''] : 'absent' in condition ? ['absent', ''] : ['version', condition.version];
    const written = entry && [Buffer.from(entry.bytes), String(entry.expiresAt), entry.version];
    return client.eval(writeScript, {
      keys: [key],
      arguments: [kind, version, entry ? 'write' : 'delete', ...(written ?? [])],
    });
  }

  async function modify(key, change) {
    for (;;) {
      const current = await read(key);
      const decision = change(current);
      if (decision === 'keep') return current;
      const next = decision === 'delete' ? undefined : decision;
      const condition = current ? { version: current.version } : { absent: true };
      if ((await write(key, condition, next)) !== 'condition-failed') return next && { ...next };
    }
  }

  async function scan(prefix, { cursor = '0', limit }) {
    const match = `${prefix.replace(/[\\*?[\]]/g, '\\$&')}*`;
    const page = await client.scan(cursor, { MATCH: match, COUNT: limit });
    return page.cursor === '0' ? { keys: page.keys } : { keys: page.keys, cursor: page.cursor };
  }

  return {
    name: 'redis',
    capabilities: {
      persistent: false,
      shared: true,
      synchronousReads: false,
      atomicWrites: true,
      scan: 'once',
      index: false,
      expiry: 'exact',
      limits: { keyBytes: 512 * 1024 ** 2, valueBytes: 512 * 1024 ** 2 },
    },
    get: (keys) => attempt(() => Promise.all(keys.map(read))),
    set: (writes) => attempt(() => Promise.all(writes.map((each) => write(each.key, each.condition, each)))),
    delete: (keys) => attempt(() => Promise.all(keys.map(async (key) => (await client.del(key)) > 0))),
    modify: (key, change) => attempt(() => modify(key, change)),
    scan: (prefix, page) => attempt(() => scan(prefix, page)),
    async byIndex() {
      throw new UnsupportedByStoreError("The bench's Redis store has no indexes.");
    },
    prune: async () => 0,
    async close() {
      if (client.isOpen) client.destroy();
    },
  };
}
