import type { CallRecord, History, Instant, Promised, Seen } from '../history.js';
import type { Disturbances } from './disturbances.js';
import type { Finding, Judgement } from './finding.js';
import { keyOf } from './values.js';

export interface Staleness {
  /** How long after its invalidation was acknowledged a value was still read, for each such read. */
  readonly calm: readonly number[];
  readonly disturbed: readonly number[];
}

/**
 * No read that began later than the bound after an acknowledged `set`, `delete`, `invalidateTags` or `clear` answers
 * with something older than that. While something is disturbed such reads are counted alone.
 */
export function staleReads(history: History, disturbances: Disturbances): Judgement & { staleness: Staleness } {
  const findings: Finding[] = [];
  const [calm, disturbed]: [number[], number[]] = [[], []];
  const changes = new Changes(history);
  const origins = new Origins(history, disturbances);
  for (const read of history.calls) {
    for (const seen of read.seen ?? []) {
      const overtaken = changes.firstAfter(seen.key, origins.endOf(seen));
      if (overtaken === undefined || overtaken.end >= read.start) continue;
      const age = read.start - overtaken.end;
      const isDisturbed = disturbances.touch(read.start);
      (isDisturbed ? disturbed : calm).push(age);
      if (!isDisturbed && age > history.promised.calm)
        findings.push({ name: 'stale-read', text: describe(read, seen, overtaken) });
    }
  }
  return { findings, staleness: { calm, disturbed } };
}

function describe(read: CallRecord, seen: Seen, { by, call, end }: CallRecord): string {
  const age = Math.round(read.start - end);
  return (
    `${read.by} ${read.call} at ${read.start.toFixed(0)} read ${keyOf(seen)}, ${seen.origin} at ${seen.at.toFixed(0)}, ` +
    `${age} ms after ${call} of ${by} was acknowledged at ${end.toFixed(0)}`
  );
}

/** The acknowledged changes, by the keys that they concern. */
class Changes {
  readonly #tagOf: Promised['tagOf'];
  readonly #ofAll: Timeline;
  readonly #ofTags = new Map<string, Timeline>();
  readonly #ofKeys = new Map<string, Timeline>();

  constructor({ calls, promised }: History) {
    this.#tagOf = promised.tagOf;
    const done = calls.filter(({ outcome }) => outcome === 'done');
    this.#ofAll = new Timeline(done.filter(({ call }) => call === 'clear'));
    for (const [tag, own] of byName(done.filter(({ call }) => call === 'invalidateTags')))
      this.#ofTags.set(tag, new Timeline(own));
    for (const [key, own] of byName(done.filter(({ call }) => call === 'set' || call === 'delete')))
      this.#ofKeys.set(key, new Timeline(own));
  }

  /** Of the changes of the key that began after `time`, the one that was acknowledged first. */
  firstAfter(key: string, time: Instant): CallRecord | undefined {
    const timelines = [this.#ofAll, this.#ofTags.get(this.#tagOf(key) ?? ''), this.#ofKeys.get(key)];
    let first: CallRecord | undefined;
    for (const timeline of timelines) {
      const found = timeline?.firstAfter(time);
      if (found !== undefined && (first === undefined || found.end < first.end)) first = found;
    }
    return first;
  }
}

function byName(calls: readonly CallRecord[]): Map<string, CallRecord[]> {
  const result = new Map<string, CallRecord[]>();
  for (const call of calls)
    for (const name of call.keys) {
      const own = result.get(name);
      if (own === undefined) result.set(name, [call]);
      else own.push(call);
    }
  return result;
}

/** Calls by their starts, each with the one of itself and its followers that ended first. */
class Timeline {
  readonly #calls: readonly CallRecord[];
  readonly #firstEnded: CallRecord[];

  constructor(calls: readonly CallRecord[]) {
    this.#calls = [...calls].sort((one, other) => one.start - other.start);
    this.#firstEnded = [...this.#calls];
    for (let at = this.#calls.length - 2; at >= 0; at--) {
      const [own, later] = [this.#calls[at] as CallRecord, this.#firstEnded[at + 1] as CallRecord];
      this.#firstEnded[at] = own.end <= later.end ? own : later;
    }
  }

  firstAfter(time: Instant): CallRecord | undefined {
    let [low, high] = [0, this.#calls.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#calls[middle] as CallRecord).start <= time) low = middle + 1;
      else high = middle;
    }
    return this.#firstEnded[low];
  }
}

/** When values came into being at the latest. */
class Origins {
  readonly #sets = new Map<string, CallRecord>();
  readonly #killed: ReadonlyMap<string, Instant>;
  readonly #disturbances: Disturbances;

  constructor({ calls, killed }: History, disturbances: Disturbances) {
    this.#killed = killed;
    this.#disturbances = disturbances;
    for (const call of calls) if (call.call === 'set') this.#sets.set(`${call.by} ${call.number}`, call);
  }

  /** A load reads the source in an instant. A set whose outcome nobody knows may take effect until the fault is over. */
  endOf({ by, number, origin, at }: Seen): Instant {
    if (origin === 'loaded') return at;
    const set = this.#sets.get(`${by} ${number}`);
    if (set?.outcome === 'done') return set.end;
    return this.#disturbances.lingersUntil(set?.end ?? this.#killed.get(by) ?? at);
  }
}
