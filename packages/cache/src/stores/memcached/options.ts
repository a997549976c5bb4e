import type { ConnectionOptions } from 'node:tls';
import { InvalidOptionError } from '../../errors.js';
import { roomBesideEnvelope } from './records.js';

export interface MemcachedServer {
  readonly host: string;
  /** 11211 unless told otherwise. */
  readonly port?: number;
  /** Its share of the keys, beside those of the others. 1 unless told otherwise. */
  readonly weight?: number;
  /** Instead of {@link MemcachedStoreOptions.tls}. */
  readonly tls?: boolean | ConnectionOptions;
}

export interface MemcachedStoreOptions {
  /** `'host:port'`, `'host'`, or an object. Every process must list the same servers with the same weights. */
  readonly servers: readonly (string | MemcachedServer)[];
  /** Put before every key: keeps the keys of several programs on one server apart. Empty unless told otherwise. */
  readonly prefix?: string;
  /** A pair from the file that memcached was started with (`-Y`). */
  readonly auth?: { readonly username: string; readonly password: string };
  /** Speak TLS, with these options of `node:tls`. */
  readonly tls?: boolean | ConnectionOptions;
  /**
   * What becomes of the keys of a server that is down. `'fail'` (the default): calls for them reject. `'rehash'`: the
   * other servers take them; faster to recover, and weaker (docs/stores/memcached.md).
   */
  readonly onServerDown?: 'fail' | 'rehash';
  /** The servers' limit of an item (`-I`) in bytes: 1 MiB, as theirs, unless told otherwise. */
  readonly itemSize?: number;
  /** Milliseconds after which a server that does not answer is given up: 2000 unless told otherwise. */
  readonly answerTimeout?: number;
  /** Milliseconds that connecting may take: 1000 unless told otherwise. */
  readonly connectTimeout?: number;
  /** For tests. `Math.random` unless told otherwise. */
  readonly random?: () => number;
}

export interface ResolvedServer {
  readonly host: string;
  readonly port: number;
  readonly weight: number;
  readonly tls: ConnectionOptions | undefined;
  /** As people write it. */
  readonly address: string;
}

export interface ResolvedOptions {
  readonly servers: readonly ResolvedServer[];
  readonly prefix: string;
  readonly auth: { readonly username: string; readonly password: string } | undefined;
  readonly onServerDown: 'fail' | 'rehash';
  readonly valueBytes: number;
  readonly answerTimeout: number;
  readonly connectTimeout: number;
  readonly random: () => number;
}

const known = [
  'servers',
  'prefix',
  'auth',
  'tls',
  'onServerDown',
  'itemSize',
  'answerTimeout',
  'connectTimeout',
  'random',
] as const satisfies readonly (keyof MemcachedStoreOptions)[];

const defaultPort = 11211;
const defaultItemSize = 1024 * 1024;
const smallestItemSize = 2 * roomBesideEnvelope;
const largestItemSize = 1024 * 1024 * 1024;
const longestPrefix = 128;
const mostServers = 1000;

export function resolveOptions(options: MemcachedStoreOptions): ResolvedOptions {
  if (typeof options !== 'object' || options === null) refuse("it takes options, such as { servers: ['127.0.0.1'] }");
  for (const name of Object.keys(options)) {
    if (!(known as readonly string[]).includes(name))
      refuse(`there is no option '${name}': it has ${known.join(', ')}`);
  }
  const { servers, prefix = '', auth, onServerDown = 'fail', random = Math.random } = options;
  if (!Array.isArray(servers) || servers.length === 0 || servers.length > mostServers) {
    refuse(`servers must be a list of 1 to ${mostServers}, such as ['127.0.0.1:11211']`);
  }
  if (typeof prefix !== 'string' || !prefix.isWellFormed() || Buffer.byteLength(prefix) > longestPrefix) {
    refuse(`prefix must be text of at most ${longestPrefix} bytes, such as 'shop:'`);
  }
  if (onServerDown !== 'fail' && onServerDown !== 'rehash') refuse("onServerDown must be 'fail' or 'rehash'");
  const itemSize = numberIn('itemSize', options.itemSize ?? defaultItemSize, smallestItemSize, largestItemSize);
  const resolved = servers.map((server) => resolveServer(server, options.tls));
  refuseTwins(resolved);
  return {
    servers: resolved,
    prefix,
    auth: resolveAuth(auth),
    onServerDown,
    valueBytes: itemSize - roomBesideEnvelope,
    answerTimeout: numberIn('answerTimeout', options.answerTimeout ?? 2000, 1, 3_600_000),
    connectTimeout: numberIn('connectTimeout', options.connectTimeout ?? 1000, 1, 3_600_000),
    random,
  };
}

function resolveServer(server: string | MemcachedServer, tlsOfAll: MemcachedStoreOptions['tls']): ResolvedServer {
  const given = typeof server === 'string' ? parseServer(server) : server;
  const { host, port = defaultPort, weight = 1, tls = tlsOfAll } = given ?? {};
  if (typeof host !== 'string' || host === '' || /[\s/@]/.test(host)) {
    refuse("a server must be 'host:port', 'host' or { host, port }, without a scheme, a user or a path");
  }
  numberIn('port', port, 1, 65_535);
  if (!(Number.isFinite(weight) && weight > 0)) refuse('the weight of a server must be a number above 0');
  return {
    host,
    port,
    weight,
    tls: tls === true ? {} : tls || undefined,
    address: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
  };
}

/** `host`, `host:port`, `[v6]` or `[v6]:port`. */
function parseServer(text: string): MemcachedServer | undefined {
  const [, v6, name, port] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d+))?$/.exec(text) ?? [];
  const host = v6 ?? name;
  if (host === undefined) return undefined;
  return port === undefined ? { host } : { host, port: Number(port) };
}

/** Two times the same server would get two shares, and be two connections. */
function refuseTwins(servers: readonly ResolvedServer[]): void {
  const addresses = servers.map(({ address }) => address);
  const twin = addresses.find((address, at) => addresses.indexOf(address) !== at);
  if (twin !== undefined) refuse(`servers lists ${twin} twice: give it a weight instead`);
}

function resolveAuth(auth: MemcachedStoreOptions['auth']): ResolvedOptions['auth'] {
  if (auth === undefined) return undefined;
  const isWord = (text: unknown) => typeof text === 'string' && /^[^\s:]+$/.test(text);
  // Never show what was given: it is a secret.
  if (!isWord(auth?.username) || typeof auth.password !== 'string' || !/^\S+$/.test(auth.password)) {
    refuse('auth must be { username, password }, two words without spaces');
  }
  return { username: auth.username, password: auth.password };
}

function numberIn(name: string, value: number, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  return refuse(`${name} must be a whole number from ${least} to ${most}`);
}

function refuse(problem: string): never {
  throw new InvalidOptionError(`memcachedStore: ${problem}.`);
}
