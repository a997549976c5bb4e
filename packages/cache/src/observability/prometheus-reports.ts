import type { Clock } from '../contracts/time.js';
import { boundedLabels, type KeyType } from './bounded-labels.js';
import { CircuitStates } from './circuit-states.js';
import { countsByKeyType, countsByNamespace } from './event-counts.js';
import { Histogram, lifeBuckets, loadBuckets } from './histogram.js';
import type { Listeners, ReportedCache } from './listen.js';
import { onLife } from './lives.js';
import {
  circuitSource,
  countSources,
  figureSources,
  histogramSource,
  type Naming,
  type Source,
} from './prometheus-sources.js';

/** What is read at a scrape, and the listeners that keep it. */
export interface Report {
  readonly sources: readonly Source[];
  readonly listeners: readonly Listeners[];
}

/** What the cache counts itself, and events that are too rare to cost anything. */
export function reportOfCache(cache: ReportedCache, naming: Naming): Report {
  const namespaceOf = boundedLabels();
  const counts = countsByNamespace(namespaceOf);
  const circuits = new CircuitStates();
  const durations = new Histogram(loadBuckets);
  const help = 'What the loads took that answered, in seconds.';
  return {
    sources: [
      ...figureSources(cache, naming),
      ...countSources(counts, naming),
      circuitSource(circuits, naming),
      histogramSource(durations, { name: 'load_duration_seconds', help, labelName: 'namespace' }, naming),
    ],
    listeners: [
      counts.listeners(),
      { circuit: circuits.listener },
      { load: ({ namespace, millis }) => durations.observe(namespaceOf(namespace), millis / 1_000) },
    ],
  };
}

/** What costs a little at every event, for those who ask for it. */
export function reportOfKeyTypes(typeOf: KeyType, naming: Naming, clock: Pick<Clock, 'now'>): Report {
  const counts = countsByKeyType(typeOf);
  const lives = new Histogram(lifeBuckets);
  const help = 'How long entries are fresh when they are set, in seconds, by type of key.';
  const name = 'key_type_ttl_seconds';
  return {
    sources: [...countSources(counts, naming), histogramSource(lives, { name, help, labelName: 'key_type' }, naming)],
    listeners: [
      counts.listeners(),
      onLife(clock, (seconds, { key, namespace }) => lives.observe(typeOf(key, namespace), seconds)),
    ],
  };
}
