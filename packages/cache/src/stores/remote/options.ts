import { InvalidOptionError } from '../../errors.js';

export interface RemoteStoreOptions {
  /** Where the service is: `https://cache.example.com`, with a path if it is behind one. */
  readonly url: string | URL;
  /** An API key of the service with the scopes cache:read, cache:write, cache:delete and cache:list, and all prefixes. */
  readonly key: string;
  /** Milliseconds after which an answer is given up: 2000 unless told otherwise. */
  readonly answerTimeout?: number;
  /** How many connections at the most: 16 unless told otherwise. */
  readonly connections?: number;
  /** For tests. `Math.random` unless told otherwise. */
  readonly random?: () => number;
}

export interface ResolvedOptions {
  readonly url: URL;
  readonly key: string;
  readonly answerTimeout: number;
  readonly connections: number;
  readonly random: () => number;
}

const known = [
  'url',
  'key',
  'answerTimeout',
  'connections',
  'random',
] as const satisfies readonly (keyof RemoteStoreOptions)[];

/** @throws InvalidOptionError that never shows the key */
export function resolveOptions(options: RemoteStoreOptions): ResolvedOptions {
  if (typeof options !== 'object' || options === null) {
    refuse("it takes options, such as { url: 'https://cache.example.com', key }");
  }
  for (const name of Object.keys(options)) {
    if (!(known as readonly string[]).includes(name))
      refuse(`there is no option '${name}': it has ${known.join(', ')}`);
  }
  const { key, random = Math.random } = options;
  if (typeof key !== 'string' || !/^[\x21-\x7e]+(?: [\x21-\x7e]+)*$/.test(key)) {
    refuse('key must be an API key of the service, as text');
  }
  return {
    url: resolveUrl(options.url),
    key,
    answerTimeout: numberIn('answerTimeout', options.answerTimeout ?? 2_000, 3_600_000),
    connections: numberIn('connections', options.connections ?? 16, 1_024),
    random,
  };
}

function resolveUrl(given: string | URL): URL {
  const advice = "url must be the address of the service, such as 'https://cache.example.com'";
  if (!URL.canParse(String(given))) refuse(advice);
  const url = new URL(given);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') refuse(`${advice}: it has neither http: nor https:`);
  if (url.username !== '' || url.password !== '') refuse('url holds a user or password: the API key goes into key');
  if (url.search !== '' || url.hash !== '') refuse('url holds a query or a fragment');
  return url;
}

function numberIn(name: string, value: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= most) return value;
  return refuse(`${name} must be a whole number from 1 to ${most}`);
}

function refuse(problem: string): never {
  throw new InvalidOptionError(`remoteStore: ${problem}.`);
}
