import type { EntryDefaults } from '../contracts/cache.js';
import { type ConfigProblem, InvalidAddressError, InvalidOptionError } from '../errors.js';
import type { CreateCacheOptions } from '../options/cache-options.js';
import { resolveDefaults } from '../options/entry-defaults.js';
import type { StoreChoice, StoreRegistry } from '../registry/store-registry.js';
import { addCredentials } from './add-credentials.js';
import type { ConfigTexts, NamespaceTexts, Texts } from './file-texts.js';
import { payloadOptions } from './payload-options.js';
import { type PlacedText, problemAt } from './placed-text.js';
import { readValues, section, type Values } from './read-values.js';
import { readyMadeNamespaces } from './ready-made.js';
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
  const payload = payloadOptions(config.texts, values, problems);
  const memory = { ...choice.memory, ...section(values, 'memory') };
  const { defaults, namespaces } = readDefaults(config, values, problems);
  const options = {
    ...pick(values, ['namespace', 'onStoreError', 'storeTimeout']),
    ...defaults,
    namespaces,
    ...(values.get('memory') === false ? { memory: false } : Object.keys(memory).length === 0 ? {} : { memory }),
    ...circuitBreaker(values),
    // In memory there is nothing to compress: one file serves in production and, with memory:, in development.
    ...(choice.open === undefined ? {} : payload),
  };
  refuseNothing(config.texts, choice, values, problems);
  // The readers of the table make these values; createCache checks each of them once more.
  return { choice, options: options as CreateCacheOptions };
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
