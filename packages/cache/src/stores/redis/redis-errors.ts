import { type ErrorCode, LarderError, StoreError } from '../../errors.js';

export const storeName = 'redis';

type StoreErrorCode = Extract<ErrorCode, `LARDER_STORE_${string}`>;

interface Meaning {
  /** What Redis' answer, or the client's message, begins with or holds. */
  readonly says: RegExp;
  readonly message: string;
  readonly code?: StoreErrorCode;
}

const meanings: readonly Meaning[] = [
  {
    says: /^OOM|MISCONF.*(space|disk)/s,
    code: 'LARDER_STORE_FULL',
    message: 'Redis has no memory left for writes: raise maxmemory, choose an eviction policy, or delete entries.',
  },
  {
    says: /^(WRONGPASS|NOAUTH|ERR (AUTH|invalid password))/,
    message: 'Redis refused the user or password: check those in the url or the options.',
  },
  {
    says: /^NOPERM.*(channel|'(s?subscribe|s?publish|client)\b)/i,
    message:
      'The Redis user lacks a permission for the bus: it needs the channel (&larder:bus:*) and the commands of docs/stores/redis.md. Without a bus: { bus: false }.',
  },
  {
    says: /^NOPERM/,
    message:
      'The Redis user lacks a permission: it needs the commands MGET, EVAL, EVALSHA, SCAN and those of the scripts, on all keys of the prefix (docs/stores/redis.md).',
  },
  {
    says: /^READONLY/,
    message:
      'This Redis server is a replica and takes no writes: give the address of the primary, or the Sentinels, which know it.',
  },
  { says: /^LOADING/, message: 'Redis is still loading its data: it answers when it has done so.' },
  { says: /^MASTERDOWN/, message: 'The Redis replica has lost its primary: it answers when they are connected again.' },
  { says: /^NOREPLICAS/, message: 'Redis has too few replicas to take writes (min-replicas-to-write).' },
  { says: /^MISCONF/, message: 'Redis cannot save to its disk and refuses writes: look at its log.' },
  {
    says: /^WRONGTYPE/,
    message:
      'Something else keeps a value of another type under a key of this store: give the store a prefix of its own.',
  },
  { says: /^BUSY/, message: "A script of somebody else's keeps Redis busy: end it with SCRIPT KILL." },
  {
    says: /^(CLUSTERDOWN|TRYAGAIN)|Too many Cluster redirections|Failed to refresh slots cache|None of startup nodes/,
    message:
      'The Redis Cluster does not serve all its slots at the moment: it does when a fail-over or resharding ends.',
  },
  {
    says: /^(CROSSSLOT|MOVED|ASK )|ERR This instance has cluster support disabled/,
    message:
      'This client does not fit the server: give a cluster client (or `cluster`) for a Redis Cluster, and no other.',
  },
  {
    says: /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOENT|connect timeout/i,
    message: 'Redis cannot be reached: check that it runs, and its address. The client keeps trying.',
  },
  {
    says: /sentinel/i,
    message: 'No Redis Sentinel can be reached, or none knows the primary: check their addresses and its name.',
  },
  {
    says: /certificate|self.signed|SSL|TLS|EPROTO/,
    message: 'The TLS connection to Redis failed: check `tls` (its ca, cert and key), and that the server speaks TLS.',
  },
  {
    says: /closed|ECONNRESET|EPIPE|isn't writeable|offline|isn't ready|Socket timeout|disconnect/i,
    message: 'The connection to Redis was lost, or is not there yet. Whether the call took effect is not known.',
  },
];

/** What a caller is told instead of the client's error, which is kept as the cause. */
export function toStoreError(error: unknown): LarderError {
  if (error instanceof LarderError) return error;
  const texts = textsOf(error);
  for (const text of texts) {
    const meaning = meanings.find(({ says }) => says.test(text));
    if (meaning === undefined) continue;
    return new StoreError(storeName, meaning.message, {
      cause: error,
      ...(meaning.code ? { code: meaning.code } : {}),
    });
  }
  return new StoreError(storeName, `Redis failed: ${withoutSecrets(texts.at(-1) as string)}`, { cause: error });
}

export function unexpectedReply(command: string): StoreError {
  return new StoreError(storeName, `Redis answered ${command} with something else than it should: is it a proxy?`);
}

/** What happened first: of an error that only collects others, such as those of each address of a host, the first. */
function textsOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  const inner = error instanceof AggregateError ? error.errors[0] : lastNodeErrorOf(error);
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  const own = `${error.message}${code}`;
  return inner === undefined ? [own] : [...textsOf(inner), own];
}

/** ioredis' cluster keeps what the node said apart from what it makes of it. */
function lastNodeErrorOf(error: Error): unknown {
  return 'lastNodeError' in error ? error.lastNodeError : undefined;
}

function withoutSecrets(text: string): string {
  return text.replace(/\/\/[^@/\s]*@/g, '//');
}
