import { isIP } from 'node:net';
import { InvalidAddressError, type MemoryOptions, type Size, type Store } from '@larder/cache';
import { builtInStores, createStoreRegistry, type PayloadOptions, schemeOf } from '@larder/cache/config';
import { asLine, noSettings } from './given-settings.js';
import { type LogLevel, logLevels } from './logger.js';
import type { KeyTypeRule } from './modules/stats/key-types.js';
import { readKeyTypes } from './modules/stats/read-key-types.js';
import type { Observation } from './observation.js';

/** Where entries are kept. */
export type StoreChoice =
  | { readonly kind: 'memory'; readonly bounds: MemoryOptions }
  | { readonly kind: 'lmdb'; readonly path: string }
  | {
      readonly kind: 'remote';
      readonly scheme: string;
      /** It may hold a password. */
      readonly address: string;
      readonly open: () => Store | Promise<Store>;
    };

export interface Config {
  readonly host: string;
  /** 0 lets the system choose a free one. */
  readonly port: number;
  readonly store: StoreChoice;
  /** Where tenants and API keys are kept; `undefined` leaves it to the store of the entries. */
  readonly controlStore: Exclude<StoreChoice, { readonly kind: 'memory' }> | undefined;
  /** How many processes serve the port. */
  readonly workers: number;
  /** How many milliseconds requests are still taken after SIGTERM, while `/readyz` says 503. */
  readonly drainDelay: number;
  /** How much of memory entries may take; `undefined` leaves it to the store's default. */
  readonly memory: Size | 'off' | undefined;
  /** Compression and encryption of what goes to the store. */
  readonly payload: PayloadOptions | undefined;
  /** A key to accept besides those in the store. */
  readonly bootstrapKey: string | undefined;
  readonly logLevel: LogLevel;
  /** For development: webhooks may be `http:`, and lead to this machine. */
  readonly webhooksAllowLoopback: boolean;
  readonly observation: Pick<Observation, 'accessLog' | 'keyTypes' | 'tenantLabels'>;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Says of each variable that cannot be used what is wrong, with an example. Never shows the value of a secret. */
export class ConfigError extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
  }
}

interface Variable<Value> {
  readonly name: string;
  readonly example: string;
  readonly byDefault: Value;
  /** The value, or what is wrong with the text. */
  readonly read: (text: string) => { readonly value: Value } | { readonly problem: string };
}

const hostVariable: Variable<string> = {
  name: 'LARDER_HOST',
  example: '127.0.0.1',
  byDefault: '127.0.0.1',
  read(text) {
    const isHostName =
      /^(?!-)[a-z\d-]{1,63}(?<!-)(?:\.(?!-)[a-z\d-]{1,63}(?<!-))*$/i.test(text) && !/^[\d.]+$/.test(text);
    return isIP(text) !== 0 || isHostName ? { value: text } : { problem: `${shown(text)} is no address or host name` };
  },
};

const portVariable: Variable<number> = {
  name: 'LARDER_PORT',
  example: '8080',
  byDefault: 8080,
  read(text) {
    const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    return port <= 65_535 ? { value: port } : { problem: `${shown(text)} is no whole number from 0 to 65535` };
  },
};

const stores = createStoreRegistry(builtInStores);

const storeVariable: Variable<StoreChoice> = {
  name: 'LARDER_STORE',
  example: 'lmdb:./.larder or memory:',
  byDefault: { kind: 'lmdb', path: './.larder' },
  read(text) {
    try {
      return { value: chooseStore(text) };
    } catch (error) {
      if (error instanceof InvalidAddressError) return { problem: error.reason };
      throw error;
    }
  },
};

const controlStoreVariable: Variable<Config['controlStore']> = {
  name: 'LARDER_CONTROL_STORE',
  example: 'lmdb:./.larder',
  byDefault: undefined,
  read(text) {
    const choice = storeVariable.read(text);
    if ('problem' in choice) return choice;
    const { value } = choice;
    return value.kind === 'memory'
      ? { problem: 'memory: forgets tenants and API keys when the process ends: name a store that keeps them' }
      : { value };
  },
};

function chooseStore(address: string): StoreChoice {
  const { open, memory } = stores.choose(address);
  if (open === undefined) return { kind: 'memory', bounds: memory ?? {} };
  const scheme = schemeOf(address) ?? '';
  return scheme === 'lmdb'
    ? { kind: 'lmdb', path: address.slice('lmdb:'.length) }
    : { kind: 'remote', scheme, address, open };
}

const sizePattern = /^[1-9]\d{0,5}(?:kb|mb|gb)$/;

const memoryVariable: Variable<Size | 'off' | undefined> = {
  name: 'LARDER_MEMORY',
  example: '64mb',
  byDefault: undefined,
  read(text) {
    if (text === '0' || text === 'off' || text === 'false') return { value: 'off' };
    return sizePattern.test(text)
      ? { value: text as Size }
      : { problem: `${shown(text)} is neither a size in kb, mb or gb nor off` };
  },
};

const shortestBootstrapKey = 32;
const longestBootstrapKey = 1_024;

const bootstrapKeyVariable: Variable<string | undefined> = {
  name: 'LARDER_BOOTSTRAP_KEY',
  example: '"$(openssl rand -hex 32)"',
  byDefault: undefined,
  read(text) {
    if ([...text].length < shortestBootstrapKey)
      return { problem: `it is shorter than ${shortestBootstrapKey} characters` };
    if (Buffer.byteLength(text) > longestBootstrapKey)
      return { problem: `it is longer than ${longestBootstrapKey} bytes` };
    if (/\p{Cc}/u.test(text)) return { problem: 'it holds a control character, which no header field can carry' };
    if (text.trim() !== text) return { problem: 'it begins or ends with white space, which a header field loses' };
    return { value: text };
  },
};

const mostWorkers = 128;

const workersVariable: Variable<number> = {
  name: 'LARDER_WORKERS',
  example: '4',
  byDefault: 1,
  read(text) {
    const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
    return count >= 1 && count <= mostWorkers
      ? { value: count }
      : { problem: `${shown(text)} is no whole number from 1 to ${mostWorkers}` };
  },
};

/** So that something is left of the ten seconds in which the service ends. */
const longestDrainDelay = 5_000;

const drainDelayVariable: Variable<number> = {
  name: 'LARDER_DRAIN_DELAY',
  example: '2s',
  byDefault: 2_000,
  read(text) {
    const [, count, unit] = /^(\d{1,5})(ms|s)$/.exec(text) ?? [];
    const delay = Number(count) * (unit === 's' ? 1_000 : 1);
    return delay <= longestDrainDelay
      ? { value: delay }
      : { problem: `${shown(text)} is no length of time from 0s to 5s, such as 500ms` };
  },
};

const logLevelVariable: Variable<LogLevel> = {
  name: 'LARDER_LOG_LEVEL',
  example: 'info',
  byDefault: 'info',
  read(text) {
    const level = logLevels.find((known) => known === text);
    return level === undefined ? { problem: `${shown(text)} is not one of ${logLevels.join(', ')}` } : { value: level };
  },
};

const webhooksAllowLoopbackVariable: Variable<boolean> = {
  name: 'LARDER_WEBHOOKS_ALLOW_LOOPBACK',
  example: 'true',
  byDefault: false,
  read(text) {
    if (text === 'true' || text === 'false') return { value: text === 'true' };
    return { problem: `${shown(text)} is neither true nor false` };
  },
};

function switchVariable(name: string): Variable<boolean> {
  return {
    name,
    example: 'on',
    byDefault: false,
    read: (text) =>
      text === 'on' || text === 'off' ? { value: text === 'on' } : { problem: `${shown(text)} is neither on nor off` },
  };
}

const keyTypesVariable: Variable<readonly KeyTypeRule[]> = {
  name: 'LARDER_KEY_TYPES',
  example: 'user:*=user,session:*=session',
  byDefault: [],
  read: readKeyTypes,
};

/**
 * @param given - what larder.yaml sets where the environment does not, and what is wrong with it
 * @throws ConfigError that names every variable, and line of larder.yaml, that cannot be used
 */
export function readConfig(environment: Environment, given = noSettings): Config {
  const problems: string[] = [...given.problems];
  function take<Value>({ name, example, byDefault, read }: Variable<Value>): Value {
    const value = given.values.get(name);
    const text = value?.text ?? environment[name];
    if (text === undefined) return byDefault;
    const result = text === '' ? { problem: 'it is empty' } : read(text);
    if ('value' in result) return result.value;
    // What came out of a variable within the file may be a secret in the wrong place.
    refuse(name, value?.isInterpolated ? result.problem.replace(shown(text), 'its value') : result.problem, example);
    return byDefault;
  }
  function refuse(name: string, problem: string, example: string): void {
    const placed = given.values.get(name)?.problem(`cannot be used: ${problem}`, example);
    problems.push(
      placed === undefined ? `${name} cannot be used: ${problem}. Example: ${name}=${example}` : asLine(placed),
    );
  }
  const config: Config = Object.freeze({
    host: take(hostVariable),
    port: take(isPortOfPlatform(environment) ? { ...portVariable, name: 'PORT' } : portVariable),
    store: take(storeVariable),
    controlStore: take(controlStoreVariable),
    workers: take(workersVariable),
    drainDelay: take(drainDelayVariable),
    memory: take(memoryVariable),
    payload: given.payload,
    bootstrapKey: take(bootstrapKeyVariable),
    logLevel: take(logLevelVariable),
    webhooksAllowLoopback: take(webhooksAllowLoopbackVariable),
    observation: {
      accessLog: take(switchVariable('LARDER_ACCESS_LOG')),
      keyTypes: take(keyTypesVariable),
      tenantLabels: take(switchVariable('LARDER_METRICS_TENANTS')),
    },
  });
  if (config.store.kind === 'memory' && config.memory === 'off') {
    refuse(memoryVariable.name, 'with LARDER_STORE=memory: entries are nowhere else', memoryVariable.example);
  }
  if (config.store.kind === 'memory' && config.workers > 1) {
    const problem = 'with LARDER_STORE=memory: each worker would have entries of its own; name a store that they share';
    refuse(workersVariable.name, `${problem}, such as lmdb:./.larder`, '1');
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

/** Cloud Run, and others, say by PORT where they will connect to. */
function isPortOfPlatform({ LARDER_PORT, PORT = '' }: Environment): boolean {
  return LARDER_PORT === undefined && PORT !== '';
}

/** Quoted and cut, so that a line stays a line. */
function shown(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
