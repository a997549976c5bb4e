import type { StoreCall } from '../../contracts/store.js';
import { type ItemSeen, KeyItem } from './key-item.js';
import type { WireKey } from './keys.js';
import { failed } from './memcached-errors.js';
import { isLive } from './records.js';
import { type Decided, decide, type KeyAnswer, type KeyWrite, needsEntry } from './round.js';
import type { Route, Servers } from './servers.js';

interface Waiting {
  readonly write: KeyWrite;
  readonly call: StoreCall;
  readonly resolve: (answer: KeyAnswer) => void;
  readonly reject: (error: unknown) => void;
}

/** What may wait: so many writes, with so many bytes. A batch of 1,000 values of 256 KiB is within it. */
const mostWaiting = 100_000;
const mostBytesWaiting = 256 * 1024 * 1024;
/** Up to this size a value is sent on the chance that there is no item yet, and once more if there is. */
const sentOnChance = 4096;

/**
 * The writes of each key, one round after the other: what was asked for while a round was under way goes into the next
 * one, together. A round sees the item and changes it only if nobody else did meanwhile, or begins anew. So its answers
 * are exact, also beside other processes, and each lost round is another's success.
 */
export class KeyWrites {
  readonly #servers: Servers;
  readonly #queues = new Map<string, Waiting[]>();
  readonly #rounds = new Set<Promise<void>>();
  readonly #mostBytes: number;
  #waiting = 0;
  #bytesWaiting = 0;

  constructor(servers: Servers, mostBytes = mostBytesWaiting) {
    this.#servers = servers;
    this.#mostBytes = mostBytes;
  }

  ask(key: WireKey, write: KeyWrite, call: StoreCall): Promise<KeyAnswer> {
    const bytes = bytesOf(write);
    if (this.#waiting >= mostWaiting || this.#bytesWaiting + bytes > this.#mostBytes) {
      return Promise.reject(failed('Too much waits to be written to memcached: write less at a time, or add servers.'));
    }
    this.#waiting += 1;
    this.#bytesWaiting += bytes;
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        write,
        call,
        resolve: (answer) => {
          this.#release(bytes);
          resolve(answer);
        },
        reject: (error) => {
          this.#release(bytes);
          reject(error);
        },
      };
      const queue = this.#queues.get(key.id);
      if (queue !== undefined) queue.push(waiting);
      else this.#begin(key, [waiting]);
    });
  }

  #release(bytes: number): void {
    this.#waiting -= 1;
    this.#bytesWaiting -= bytes;
  }

  /** Resolves when no write is under way any more. */
  async finish(): Promise<void> {
    while (this.#rounds.size > 0) await Promise.all(this.#rounds);
  }

  #begin(key: WireKey, queue: Waiting[]): void {
    this.#queues.set(key.id, queue);
    const rounds = this.#runAll(key, queue).finally(() => this.#rounds.delete(rounds));
    this.#rounds.add(rounds);
  }

  async #runAll(key: WireKey, queue: Waiting[]): Promise<void> {
    // What the same tick asks for of this key goes into the same round.
    await undefined;
    while (queue.length > 0) {
      await this.#run(key, queue.splice(0));
    }
    this.#queues.delete(key.id);
  }

  async #run(key: WireKey, all: readonly Waiting[]): Promise<void> {
    const route = this.#servers.routeOf(key);
    // Whatever its home has of the key is older than what the substitute is going to have.
    if (route.isSubstitute) this.#servers.distrust(key, route);
    let writes = this.#refuseAborted(key, all, route);
    try {
      let seen: ItemSeen | undefined = await this.#tryToAdd(key, writes, route);
      if (seen === added) return settle(writes, decide(writes, undefined));
      while (writes.length > 0) {
        seen ??= await this.#look(key, writes, route);
        const decided = decide(writes, seen.standing);
        if (await this.#commit(key, writes, decided, seen, route)) return settle(writes, decided);
        seen = undefined;
        writes = this.#refuseAborted(key, writes, route);
      }
    } catch (error) {
      this.#giveUp(key, writes, route, () => error);
    }
  }

  /** Nobody waits for these any more, and they have had no effect. */
  #refuseAborted(key: WireKey, writes: readonly Waiting[], route: Route): readonly Waiting[] {
    const aborted = writes.filter(({ call }) => call.signal?.aborted);
    if (aborted.length === 0) return writes;
    this.#giveUp(key, aborted, route, ({ call }) => call.signal?.reason);
    return writes.filter((write) => !aborted.includes(write));
  }

  #giveUp(key: WireKey, writes: readonly Waiting[], route: Route, reasonOf: (write: Waiting) => unknown): void {
    if (writes.some(isNotAskedAgain)) this.#servers.distrust(key, route);
    for (const write of writes) write.reject(reasonOf(write));
  }

  /** One trip for the commonest write of all: a new entry. Answers what it saw if there was one. */
  async #tryToAdd(key: WireKey, writes: readonly Waiting[], route: Route): Promise<ItemSeen | undefined> {
    const [only] = writes;
    if (only === undefined || writes.length > 1) return undefined;
    const { write, call } = only;
    if (write.kind !== 'set' || needsEntry(write) || !isLive(write.entry, call.now)) return undefined;
    if (write.entry.record.length > sentOnChance) return undefined;
    const item = new KeyItem(key);
    const [add, look] = await Promise.all([
      route.request(item.addCommand(write.entry, route.latestEnd(call.now))),
      route.request(item.lookCommand(route.isSubstitute)),
    ]);
    if (add.code === 'HD') return added;
    const seen = item.seen(look, call.now);
    return seen === 'unclear' ? undefined : seen;
  }

  async #look(key: WireKey, writes: readonly Waiting[], route: Route): Promise<ItemSeen> {
    const item = new KeyItem(key);
    const { now } = (writes[0] as Waiting).call;
    const withEntry = route.isSubstitute || writes.some(({ write }) => needsEntry(write));
    const seen = item.seen(await route.request(item.lookCommand(withEntry)), now);
    if (seen !== 'unclear') return seen;
    const clear = item.seen(await route.request(item.lookCommand(true)), now);
    return clear as ItemSeen;
  }

  /** False if somebody else changed the item since it was seen. */
  async #commit(
    key: WireKey,
    writes: readonly Waiting[],
    { next }: Decided,
    seen: ItemSeen,
    route: Route,
  ): Promise<boolean> {
    const item = new KeyItem(key);
    const { now } = (writes[0] as Waiting).call;
    if (next === 'keep') return true;
    if (next === 'delete' || !isLive(next, now)) {
      if (seen.cas === undefined) return true;
      return (await route.request(item.deleteCommand(seen))).code === 'HD';
    }
    return (await route.request(item.replaceCommand(next, route.latestEnd(now), seen))).code === 'HD';
  }
}

function bytesOf(write: KeyWrite): number {
  return write.kind === 'set' ? write.entry.record.length : 0;
}

const added: ItemSeen = { cas: undefined, standing: undefined };

function settle(writes: readonly Waiting[], { outcomes }: Decided): void {
  for (const [at, outcome] of outcomes.entries()) {
    const { resolve, reject } = writes[at] as Waiting;
    if ('thrown' in outcome) reject(outcome.thrown);
    else resolve(outcome.value);
  }
}

/** A cache drops these when they fail; a change or a conditional write is for its caller to repeat. */
function isNotAskedAgain({ write }: Waiting): boolean {
  return write.kind === 'delete' || (write.kind === 'set' && write.condition === undefined);
}
