import { InvalidKeyError, InvalidOptionError } from '../../errors.js';
import { clusterTags, tagLength } from './hash-tags.js';

export const limits = {
  /** Redis would take half a gigabyte; a key is sent with every call. */
  keyBytes: 65_536,
  /** Redis' own limit for a string, less room for the head of the record. */
  valueBytes: 512 * 1024 * 1024 - 8 * 1024 * 1024,
};

/** Any one: what is not on a cluster has one bucket. */
const onlyTag = '000';

/**
 * Names of keys in Redis, of an entry `<prefix>{<tag>}:<key>`. The tag stands before the user's key, so that no brace
 * in it can choose a slot. Rows of an index (`<prefix>{<tag>}i<term>`), the expiry table (`<prefix>{<tag>}e`) and the
 * ends that are to be told (`<prefix>{<tag>}n`) share the tag of the entries they tell of, so that one script may change
 * them together.
 */
export class PhysicalKeys {
  readonly prefix: string;
  /** What the keys of each bucket begin with: all before the colon. */
  readonly bases: readonly string[];
  readonly #bucketsByTag: ReadonlyMap<string, number>;
  readonly #isCluster: boolean;
  readonly #only: string;

  constructor(prefix: string, isCluster: boolean) {
    const tags = isCluster ? clusterTags() : [onlyTag];
    this.prefix = prefix;
    this.bases = tags.map((tag) => `${prefix}{${tag}}`);
    this.#bucketsByTag = new Map(tags.map((tag, bucket) => [tag, bucket]));
    this.#isCluster = isCluster;
    this.#only = `${this.bases[0]}:`;
  }

  /** @throws InvalidKeyError if the key is too long */
  ofEntry(key: string): string {
    if (key.length * 3 > limits.keyBytes) refuseIfTooLong(key);
    return this.#isCluster ? `${this.bases[hashOf(key) % this.bases.length]}:${key}` : this.#only + key;
  }

  /** What the keys of all entries begin with; on a cluster, those of their tables do as well. */
  get beginning(): string {
    return this.#isCluster ? `${this.prefix}{` : this.#only;
  }

  bucketOf(physical: string): number {
    if (!this.#isCluster) return 0;
    const at = this.prefix.length + 1;
    return this.#bucketsByTag.get(physical.slice(at, at + tagLength)) as number;
  }

  /** The user's key in a physical one; `undefined` if that is no entry of this prefix. */
  userKey(physical: string): string | undefined {
    const end = this.prefix.length + tagLength + 2;
    const isEntry = physical.startsWith(this.prefix) && physical[this.prefix.length] === '{' && physical[end] === ':';
    return isEntry ? physical.slice(end + 1) : undefined;
  }

  /** For SCAN: entries of any bucket whose keys begin with `prefix`, taken literally. */
  pattern(prefix: string): string {
    return `${escaped(this.prefix)}{${'?'.repeat(tagLength)}}:${escaped(prefix)}*`;
  }
}

/** The ends that are to be told of entries whose keys begin with `base`. */
export function endingsKey(base: string): string {
  return `${base}n`;
}

/** @throws InvalidOptionError if the prefix could choose the slot of a key */
export function checkPrefix(prefix: unknown): asserts prefix is string {
  if (typeof prefix === 'string' && prefix.isWellFormed() && prefix.length <= 128 && !/[{}]/.test(prefix)) return;
  throw new InvalidOptionError(
    `redisStore: prefix must be text of at most 128 characters without braces, such as 'shop:', not ${JSON.stringify(prefix)}.`,
  );
}

/** FNV-1a over the UTF-16 code units: every process must find an entry in the same bucket. */
function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at++) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

function escaped(text: string): string {
  return text.replace(/[\\*?[\]^-]/g, '\\$&');
}

function refuseIfTooLong(key: string): void {
  const length = Buffer.byteLength(key);
  if (length <= limits.keyBytes) return;
  throw new InvalidKeyError(
    `A key of the redis store has at most ${limits.keyBytes} bytes of UTF-8; this one has ${length}.`,
  );
}
