import type { StoredEntry } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';
import type { WireKey } from './keys.js';
import { metaGet } from './meta-commands.js';
import { decodeRecord, isLive } from './records.js';
import type { Servers } from './servers.js';

type Found = (StoredEntry | undefined)[];

/** Reads many keys, wherever they live; one that cannot be read fails the call. */
export class KeyReads {
  readonly #servers: Servers;
  #underWay = 0;
  #whenDone: (() => void) | undefined;

  constructor(servers: Servers) {
    this.#servers = servers;
  }

  /** One promise for all keys: a promise for each would cost more than the rest of the read. */
  read(keys: readonly WireKey[], now: Millis): Promise<Found> {
    if (keys.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const found: Found = new Array(keys.length);
      let missing = keys.length;
      this.#underWay += 1;
      for (const [at, key] of keys.entries()) {
        this.#servers.routeOf(key).ask(metaGet(key, { value: true }), (outcome) => {
          if (outcome instanceof Error) reject(outcome);
          else found[at] = liveEntry(outcome.value, key, now);
          missing -= 1;
          if (missing > 0) return;
          resolve(found);
          this.#rememberEnd();
        });
      }
    });
  }

  /** Resolves when no read is under way any more. */
  async finish(): Promise<void> {
    if (this.#underWay === 0) return;
    await new Promise<void>((resolve) => {
      this.#whenDone = resolve;
    });
  }

  #rememberEnd(): void {
    this.#underWay -= 1;
    if (this.#underWay === 0) this.#whenDone?.();
  }
}

function liveEntry(record: Buffer | undefined, key: WireKey, now: Millis): StoredEntry | undefined {
  const entry = record && decodeRecord(record, key);
  return entry !== undefined && isLive(entry, now) ? entry : undefined;
}
