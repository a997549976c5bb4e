import { InvalidAddressError } from '../../errors.js';
import {
  type Address,
  type AddressForm,
  formatHost,
  type Host,
  parseAddress,
  parseHosts,
  readSwitch,
} from '../parse-address.js';

interface Credentials {
  readonly username?: string;
  readonly password?: string;
}

/** What any of them may say. */
interface Shared {
  readonly prefix?: string;
  readonly bus?: 'pubsub' | 'tracking' | false;
}

/** One server. */
export interface RedisServerOptions extends Shared {
  readonly url: string;
}

export interface RedisClusterOptions extends Credentials, Shared {
  readonly cluster: readonly Host[];
  readonly tls?: true;
  readonly readFrom?: 'primary' | 'replica';
}

export interface RedisSentinelOptions extends Credentials, Shared {
  readonly sentinel: Credentials & { readonly name: string; readonly sentinels: readonly Host[] };
  readonly db?: number;
  readonly tls?: true;
}

const serverForm: AddressForm = { example: 'redis://localhost:6379/0', parameters: ['prefix', 'bus'] };
const clusterForm: AddressForm = {
  example: 'redis+cluster://redis-1:7000,redis-2:7001?prefix=shop',
  parameters: ['prefix', 'bus', 'readFrom', 'tls'],
};
const sentinelForm: AddressForm = {
  example: 'redis+sentinel://sentinel-1:26379,sentinel-2:26379/mymaster/0',
  parameters: ['prefix', 'bus', 'tls', 'sentinelUsername', 'sentinelPassword'],
};

const usualPort = 6_379;
const usualSentinelPort = 26_379;

/** `redis://` and, with TLS, `rediss://user:password@host:6379/<database>?prefix=&bus=`. */
export function redisServerOptions(text: string): RedisServerOptions {
  const address = parseAddress(text, serverForm);
  const [host, ...more] = parseHosts(address, usualPort, serverForm);
  if (host === undefined || more.length > 0) {
    throw new InvalidAddressError(
      'it names several hosts: those of a cluster begin with redis+cluster://',
      serverForm.example,
    );
  }
  const [database, ...rest] = address.path;
  const db = readDatabase(database, rest, serverForm);
  const user = formatUser(address);
  return {
    url: `${address.scheme}://${user}${formatHost(host)}${db === undefined ? '' : `/${db}`}`,
    ...sharedOf(address, serverForm),
  };
}

/** `redis+cluster://user:password@host:7000,host:7001?prefix=&bus=&readFrom=replica&tls=true`. */
export function redisClusterOptions(text: string): RedisClusterOptions {
  const address = parseAddress(text, clusterForm);
  const cluster = parseHosts(address, usualPort, clusterForm);
  if (address.path.length > 0) {
    throw new InvalidAddressError('it names a database, and a cluster has only one', clusterForm.example);
  }
  return {
    cluster,
    ...credentialsOf(address),
    ...tlsOf(address, clusterForm),
    ...sharedOf(address, clusterForm),
    ...readFromOf(address),
  };
}

/** `redis+sentinel://user:password@sentinel:26379,sentinel:26379/<name of the primary>/<database>?prefix=&bus=&tls=true`. */
export function redisSentinelOptions(text: string): RedisSentinelOptions {
  const address = parseAddress(text, sentinelForm);
  const sentinels = parseHosts(address, usualSentinelPort, sentinelForm);
  const [name, database, ...rest] = address.path;
  if (name === undefined) {
    throw new InvalidAddressError('it lacks the name that the Sentinels give the primary', sentinelForm.example);
  }
  const db = readDatabase(database, rest, sentinelForm);
  return {
    sentinel: { name, sentinels, ...sentinelCredentialsOf(address) },
    ...credentialsOf(address),
    ...(db === undefined ? {} : { db }),
    ...tlsOf(address, sentinelForm),
    ...sharedOf(address, sentinelForm),
  };
}

function readDatabase(text: string | undefined, rest: readonly string[], { example }: AddressForm): number | undefined {
  if (text === undefined) return undefined;
  if (rest.length === 0 && /^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidAddressError('its path is no number of a database', example);
}

function formatUser({ username = '', password }: Address): string {
  if (username === '' && password === undefined) return '';
  const secret = password === undefined ? '' : `:${encodeURIComponent(password)}`;
  return `${encodeURIComponent(username)}${secret}@`;
}

function credentialsOf({ username, password }: Address): Credentials {
  return { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
}

function sentinelCredentialsOf({ parameters }: Address): Credentials {
  const username = parameters.get('sentinelUsername');
  const password = parameters.get('sentinelPassword');
  return { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
}

function sharedOf({ parameters }: Address, { example }: AddressForm): Shared {
  const prefix = parameters.get('prefix');
  const bus = parameters.get('bus');
  if (bus !== undefined && bus !== 'pubsub' && bus !== 'tracking' && bus !== 'off') {
    throw new InvalidAddressError('its bus is none of pubsub, tracking and off', example);
  }
  return {
    ...(prefix === undefined ? {} : { prefix }),
    ...(bus === undefined ? {} : { bus: bus === 'off' ? false : bus }),
  };
}

function tlsOf(address: Address, form: AddressForm): { readonly tls?: true } {
  return readSwitch(address, 'tls', form) ? { tls: true } : {};
}

function readFromOf({ parameters }: Address): { readonly readFrom?: 'primary' | 'replica' } {
  const readFrom = parameters.get('readFrom');
  if (readFrom === undefined) return {};
  if (readFrom === 'primary' || readFrom === 'replica') return { readFrom };
  throw new InvalidAddressError('its readFrom is neither primary nor replica', clusterForm.example);
}
