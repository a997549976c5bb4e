import type { EntryDefaults } from '../contracts/cache.js';
import { type ConfigProblem, InvalidAddressError, InvalidOptionError } from '../errors.js';
import type { CreateCacheOptions } from '../options/cache-options.js';
import { resolveDefaults } from '../options/entry-defaults.js';
import type { StoreChoice, StoreRegistry } from '../registry/store-registry.js';
import { addCredentials } from './add-credentials.js';
import type { ConfigTexts, NamespaceTexts, Texts } from './file-texts.js';
import { type PlacedText, problemAt, shownText } from './placed-text.js';
import { readyMadeNamespaces } from './ready-made.js';
import { settings } from './settings.js';
import { shownName } from './yaml-tree.js';

/** What `createCache` is given, but for the store itself, which is not opened yet. */
export interface CacheConfig {
  readonly choice: StoreChoice;
  readonly options: CreateCacheOptions;
}

/** Reads every text by the table of settings. What cannot be used goes to `problems`, and the answer is then of no use. */
export function buildOptions(config: ConfigTexts, stores: StoreRegistry, problems: ConfigProblem[]): CacheConfig {
  const values = readValues(config.texts, problems);
  const choice = chooseStore(config.texts, stores, problems);
  const memory = { ...choice.memory, ...section(values, 'memory') };
  const { defaults, namespaces } = readDefaults(config, values, problems);
  const options = {
    ...pick(values, ['namespace', 'onStoreError', 'storeTimeout']),
    ...defaults,
    namespaces,
    ...(values.get('memory') === false ? { memory: false } : Object.keys(memory).length === 0 ? {} : { memory }),
    ...circuitBreaker(values),
    ...(choice.open === undefined ? {} : payloadOptions(values)),
  };
  refuseHalves(config.texts, problems);
  refuseNothing(config.texts, choice, values, problems);
  // The readers of the table make these values; createCache checks each of them once more.
  return { choice, options: options as CreateCacheOptions };
}

/** `memory: 64mb` is the short form of a section. */
const longForms: ReadonlyMap<string, string> = new Map([
  ['memory', 'memory.maxBytes'],
  ['compression', 'compression.codec'],
]);

type Values = ReadonlyMap<string, unknown>;

function readValues(texts: Texts, problems: ConfigProblem[], at = ''): Values {
  const values = new Map<string, unknown>();
  for (const { name, example, isSecret, read } of settings) {
    const placed = texts.get(name);
    if (placed === undefined) continue;
    const result = placed.text === '' ? { problem: 'is empty' } : read(placed.text);
    if ('value' in result) {
      const longForm = result.value === false ? undefined : longForms.get(name);
      values.set(longForm ?? name, result.value);
      continue;
    }
    const subject = placed.text === '' ? 'it' : shownText(placed, isSecret === true);
    const reason = `cannot be used: ${subject} ${result.problem}`;
    problems.push(problemAt(placed.place, `${at}${name}`, reason, example));
  }
  return values;
}

function chooseStore(texts: Texts, stores: StoreRegistry, problems: ConfigProblem[]): StoreChoice {
  const address = texts.get('store');
  const credentials = [texts.get('store.username'), texts.get('store.password')] as const;
  const given = address ?? credentials[0] ?? credentials[1];
  if (given === undefined || given.text === '') return {};
  try {
    return stores.choose(addCredentials(address?.text ?? '', credentials[0]?.text, credentials[1]?.text));
  } catch (error) {
    if (error instanceof InvalidAddressError) problems.push(storeProblem(given, error.reason, error.example));
    else if (error instanceof InvalidOptionError) problems.push(storeProblem(given, error.message.replace(/\.$/, '')));
    else throw error;
    return {};
  }
}

function storeProblem({ place }: PlacedText, reason: string, example?: string): ConfigProblem {
  return problemAt(place, 'store', `cannot be used: ${reason}`, example);
}

interface Defaults {
  readonly defaults: EntryDefaults;
  readonly namespaces: Readonly<Record<string, EntryDefaults>>;
}

function readDefaults({ texts, namespaces }: ConfigTexts, values: Values, problems: ConfigProblem[]): Defaults {
  const defaults = entryDefaultsOf(values);
  refuseContradiction(defaults, {}, texts, '', problems);
  // Without a prototype, for a namespace may be called constructor or __proto__.
  const all: Record<string, EntryDefaults> = Object.assign(Object.create(null), readyMadeNamespaces);
  for (const [name, namespace] of namespaces) {
    const own = namespaceDefaults(name, namespace, problems);
    refuseContradiction(own, defaults, namespace.texts, `namespaces.${shownName(name)}.`, problems);
    all[name] = { ...all[name], ...own };
  }
  return { defaults, namespaces: all };
}

function namespaceDefaults(name: string, { texts }: NamespaceTexts, problems: ConfigProblem[]): EntryDefaults {
  return entryDefaultsOf(readValues(texts, problems, `namespaces.${shownName(name)}.`));
}

function entryDefaultsOf(values: Values): EntryDefaults {
  const loaderTimeout = section(values, 'loaderTimeout');
  return {
    ...pick(values, ['ttl', 'staleWhileRevalidate', 'staleIfError', 'jitter', 'refreshAhead']),
    ...(Object.keys(loaderTimeout).length === 0 ? {} : { loaderTimeout }),
  };
}

/** Two values that are right each by itself: a soft timeout that is longer than the hard one. */
function refuseContradiction(
  own: EntryDefaults,
  parent: EntryDefaults,
  texts: Texts,
  at: string,
  problems: ConfigProblem[],
): void {
  const place = (texts.get('loaderTimeout.soft') ?? texts.get('loaderTimeout.hard'))?.place;
  if (place === undefined) return;
  try {
    resolveDefaults(own, resolveDefaults(parent));
  } catch (error) {
    if (!(error instanceof InvalidOptionError)) throw error;
    const reason = 'cannot be used: soft is not shorter than hard, and would never have an effect';
    problems.push(problemAt(place, `${at}loaderTimeout`, reason, '{ soft: 200ms, hard: 5s }'));
  }
}

function circuitBreaker(values: Values): { readonly circuitBreaker?: unknown } {
  if (values.get('circuitBreaker') === false) return { circuitBreaker: false };
  const parts = section(values, 'circuitBreaker');
  return Object.keys(parts).length === 0 ? {} : { circuitBreaker: parts };
}

/**
 * What becomes of payloads on their way to a store. Without a store there is no such way, and nothing to be told: the
 * same file serves in production, with one, and in development.
 */
function payloadOptions(values: Values): { readonly compression?: unknown; readonly encryption?: unknown } {
  const encryption = section(values, 'encryption');
  return {
    ...(values.get('compression') === false || !values.has('compression.codec')
      ? {}
      : { compression: section(values, 'compression') }),
    ...(values.has('encryption.keys') ? { encryption } : {}),
  };
}

/** A section without what it is about would have no effect. */
function refuseHalves(texts: Texts, problems: ConfigProblem[]): void {
  const above = texts.get('compression.above');
  if (above !== undefined && !texts.has('compression') && !texts.has('compression.codec')) {
    problems.push(
      problemAt(above.place, 'compression', 'cannot be used: it has no codec', '{ codec: gzip, above: 4kb }'),
    );
  }
  const unencrypted = texts.get('encryption.unencrypted');
  if (unencrypted !== undefined && !texts.has('encryption.keys')) {
    const example = `{ keys: \${ENCRYPTION_KEYS}, unencrypted: refuse }`;
    problems.push(problemAt(unencrypted.place, 'encryption', 'cannot be used: it has no keys', example));
  }
}

function refuseNothing(texts: Texts, choice: StoreChoice, values: Values, problems: ConfigProblem[]): void {
  const memory = texts.get('memory');
  if (memory === undefined || values.get('memory') !== false || choice.open !== undefined || problems.length > 0)
    return;
  const reason = 'cannot be used: it is off, and there is no other store to keep anything';
  problems.push(problemAt(memory.place, 'memory', reason, '64mb'));
}

function pick(values: Values, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => values.has(name)).map((name) => [name, values.get(name)]));
}

/** The settings of a section, under their short names. */
function section(values: Values, name: string): Record<string, unknown> {
  const inside = [...values].filter(([each]) => each.startsWith(`${name}.`));
  return Object.fromEntries(inside.map(([each, value]) => [each.slice(name.length + 1), value]));
}
