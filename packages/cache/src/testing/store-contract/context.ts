import type { KeyPage, Store, StoreCall, StoreCapabilities, StoreWrite } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';

/** Time as the store sees it. */
export interface ContractClock {
  now(): Millis;
  /** Lets this much time pass: by moving a fake clock, or by waiting. */
  advance(milliseconds: number): Promise<void>;
}

export interface ContractOptions {
  readonly describe: (title: string, body: () => void) => unknown;
  readonly it: {
    (title: string, body: () => Promise<void>): unknown;
    skip(title: string, body?: () => Promise<void>): unknown;
  };
  readonly name: string;
  /** Those of the stores that `open` gives: they decide what is tested, before there is a store. */
  readonly capabilities: StoreCapabilities;
  /** Gives an empty store; the suite closes it after each test. */
  readonly open: () => Promise<Store>;
  /** Gives another store on the entries of the one that `open` gave last. Without it, sharing is not tested. */
  readonly openAgain?: () => Promise<Store>;
  /** Why `openAgain` gives one only after the first was closed. */
  readonly opensOnce?: string;
  /** For a store with a clock of its own. Without it, time is what each call says, and passes at once. */
  readonly clock?: ContractClock;
  /** Where the time that each call says begins: now, for a server that drops by itself what has long expired. */
  readonly startAt?: Millis;
  /** True for a store that has {@link Store.time}. */
  readonly tellsTime?: boolean;
  /** Why `prune` finds fewer entries than have expired, where the server removes them by itself. */
  readonly removesExpired?: string;
}

/** What one test works with. */
export interface Stage {
  readonly store: Store;
  now(): Millis;
  advance(milliseconds: number): Promise<void>;
  call(): StoreCall;
}

export interface ContractContext {
  readonly options: ContractOptions;
  /** A life that the suite waits for the end of, and how long until the store must have noticed. */
  readonly shortLife: number;
  readonly untilSurelyExpired: number;
  section(title: string, body: () => void): void;
  /** One sentence of the contract. Skipped, with the reason in its title, where `missing` gives one. */
  states(sentence: string, body: (stage: Stage) => Promise<void>, missing?: string | undefined): void;
}

export function contractContext(options: ContractOptions): ContractContext {
  const isCoarse = options.capabilities.expiry === 'coarse';
  return {
    options,
    shortLife: isCoarse ? 2000 : 200,
    untilSurelyExpired: isCoarse ? 4000 : 200,
    section: (title, body) => {
      options.describe(title, body);
    },
    states(sentence, body, missing) {
      if (missing === undefined) options.it(sentence, () => onStage(options, body));
      else options.it.skip(`${sentence} (skipped: ${missing})`);
    },
  };
}

async function onStage(options: ContractOptions, body: (stage: Stage) => Promise<void>): Promise<void> {
  const clock = options.clock ?? timeByCall(options.startAt);
  const store = await options.open();
  try {
    await body({
      store,
      now: () => clock.now(),
      advance: (milliseconds) => clock.advance(milliseconds),
      call: () => ({ now: clock.now() }),
    });
  } finally {
    await store.close();
  }
}

function timeByCall(startAt: Millis = Date.UTC(2024, 0, 1)): ContractClock {
  let time = startAt;
  return {
    now: () => time,
    async advance(milliseconds) {
      time += milliseconds;
    },
  };
}

let writesMade = 0;

/** A write that never expires and has no terms, unless told otherwise; its version is its own. */
export function writeOf(key: string, value: string | Uint8Array = 'value', rest: Partial<StoreWrite> = {}): StoreWrite {
  writesMade += 1;
  const bytes = typeof value === 'string' ? bytesOf(value) : value;
  return { key, bytes, expiresAt: Number.POSITIVE_INFINITY, version: `v${writesMade}`, indexes: {}, ...rest };
}

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

export function textOf(entry: { readonly bytes: Uint8Array } | undefined): string | undefined {
  return entry && new TextDecoder().decode(entry.bytes);
}

export async function readText(stage: Stage, key: string): Promise<string | undefined> {
  const [entry] = await stage.store.get([key], stage.call());
  return textOf(entry);
}

/** Every key of a listing, in the order of its pages. */
export async function allKeys(
  list: (page: { cursor?: string; limit: number }) => Promise<KeyPage>,
  limit = 100,
): Promise<string[]> {
  const keys: string[] = [];
  for (let page = await list({ limit }); ; page = await list({ cursor: page.cursor, limit })) {
    if (page.keys.length > limit) throw new Error(`A page of ${limit} holds ${page.keys.length} keys.`);
    keys.push(...page.keys);
    if (page.cursor === undefined) return keys;
  }
}

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}
