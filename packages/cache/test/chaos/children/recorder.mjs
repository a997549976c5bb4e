/** Milliseconds on a clock that all processes of a machine share. */
export const instant = () => Number(process.hrtime.bigint()) / 1e6;

const flushMillis = 100;
const beatMillis = 20;
const longestBeat = 150;

/** They reject where the store fails, whatever the options say. */
const promisesTruth = new Set(['increment', 'clear', 'lock']);

/** Writes down what the process did, and tells its parent ten times a second. */
export class Recorder {
  #name;
  #calls = [];
  #loads = [];
  #stalls = [];
  #crashes = [];
  #open = new Map();
  #failures = 0;
  #throws;

  /** `throws`: the cache rejects where the store fails, so that what resolves has happened. */
  constructor(name, throws) {
    this.#name = name;
    this.#throws = throws;
    setInterval(() => this.flush(), flushMillis);
    let last = instant();
    setInterval(() => {
      const now = instant();
      if (now - last > beatMillis + longestBeat) this.#stalls.push({ by: name, from: last, until: now });
      last = now;
    }, beatMillis);
  }

  /** Makes a call and records it. `details` makes of the answer what is worth knowing of it. */
  async call(call, keys, make, details = () => ({}), extra = {}) {
    const token = {};
    const start = instant();
    const failuresBefore = this.#failures;
    this.#open.set(token, { call, keys, start, extra });
    const settle = (outcome, more) => {
      if (this.#open.delete(token))
        this.#calls.push({ call, by: this.#name, start, end: instant(), keys, outcome, ...extra, ...more });
    };
    try {
      const answer = await make(start);
      const isSure = this.#throws || promisesTruth.has(call) || this.#failures === failuresBefore;
      settle(isSure ? 'done' : 'unsure', details(answer));
    } catch (error) {
      settle('unsure', { code: error?.code ?? String(error) });
      if (error?.code?.startsWith?.('LARDER_') !== true) this.crash(`${call} rejected with ${error?.stack ?? error}`);
    }
  }

  load(key, number, at, end) {
    this.#loads.push({ by: this.#name, key, number, at, end });
  }

  storeFailed() {
    this.#failures++;
  }

  crash(text) {
    this.#crashes.push(`${this.#name}: ${text}`);
  }

  /** Calls that were never answered. */
  hangUp() {
    for (const { call, keys, start, extra } of this.#open.values())
      this.#calls.push({ call, by: this.#name, start, end: instant(), keys, outcome: 'hung', ...extra });
    this.#open.clear();
  }

  flush() {
    const [calls, loads, stalls, crashes] = [this.#calls, this.#loads, this.#stalls, this.#crashes];
    if (calls.length + loads.length + stalls.length + crashes.length === 0 || !process.connected) return;
    [this.#calls, this.#loads, this.#stalls, this.#crashes] = [[], [], [], []];
    process.send({ type: 'records', calls, loads, stalls, crashes });
  }
}
