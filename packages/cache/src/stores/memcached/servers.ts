import type { StoreTime } from '../../contracts/store.js';
import type { Millis } from '../../contracts/time.js';
import { ClosedError } from '../../errors.js';
import { ownerOf, type Ring, ringOf } from './ketama.js';
import type { WireKey } from './keys.js';
import { replyError } from './memcached-errors.js';
import { type MetaCommand, metaDelete, stats } from './meta-commands.js';
import { isErrorReply, type MetaReply } from './meta-replies.js';
import type { ResolvedOptions } from './options.js';
import { Server } from './server.js';
import { timeIn } from './server-time.js';

/** The way to the item of one key. */
export interface Route {
  /** The key belongs to another server, which is down. */
  readonly isSubstitute: boolean;
  /** When the item must be gone at the latest. */
  latestEnd(now: Millis): Millis;
  /** Answers with an error where the server's error line, or the end of the connection, means one. */
  ask(command: MetaCommand, answer: (outcome: MetaReply | Error) => void): void;
  /** The same as a promise. */
  request(command: MetaCommand): Promise<MetaReply>;
}

interface KnownRoute extends Route {
  readonly server: Server;
  readonly home: Server;
}

/** What a substitute keeps is forgotten by itself soon after the server that it stood in for is back. */
const lifeOnSubstitute = 60_000;

/** Several servers as one: each key has a home among them. */
export class Servers {
  readonly #servers: readonly Server[];
  readonly #ring: Ring | undefined;
  readonly #rehash: boolean;
  readonly #routes: readonly KnownRoute[];

  constructor(options: ResolvedOptions) {
    this.#rehash = options.onServerDown === 'rehash' && options.servers.length > 1;
    this.#ring = options.servers.length > 1 ? ringOf(options.servers) : undefined;
    this.#servers = options.servers.map((server, at) => new Server(server, options, (keys) => this.#forget(keys, at)));
    this.#routes = this.#servers.map((server) => routeTo(server, server));
  }

  routeOf(key: WireKey): Route {
    const home = this.#ring === undefined ? 0 : (this.#ownerOf(key, () => true) as number);
    const route = this.#routes[home] as KnownRoute;
    if (!this.#rehash || !route.server.isDown) return route;
    route.server.probe();
    const substitute = this.#ownerOf(key, (owner) => !(this.#servers[owner] as Server).isDown);
    if (substitute === undefined) return route;
    return routeTo(this.#servers[substitute] as Server, route.server);
  }

  /** Of the first server in the list that answers: the list is the same in every process. */
  async time(): Promise<StoreTime> {
    let failure: unknown;
    for (const route of this.#routes) {
      try {
        return timeIn(await route.request(stats));
      } catch (error) {
        failure = error;
      }
    }
    throw failure;
  }

  /** What the home of this key has of it must not be read when it is back. */
  distrust(key: WireKey, route: Route): void {
    (route as KnownRoute).home.distrust(key);
  }

  close(): void {
    for (const server of this.#servers) server.close();
  }

  #ownerOf(key: WireKey, mayUse: (owner: number) => boolean): number | undefined {
    return ownerOf(this.#ring as Ring, key.id, mayUse);
  }

  /** A server is back: what substitutes have of these keys must not be found when it goes away again. */
  #forget(keys: readonly WireKey[], home: number): void {
    if (!this.#rehash) return;
    for (const key of keys) {
      const substitute = this.#ownerOf(key, (owner) => owner !== home);
      if (substitute !== undefined) this.#servers[substitute]?.send(metaDelete(key), () => {});
    }
  }
}

function routeTo(server: Server, home: Server): KnownRoute {
  const isSubstitute = server !== home;
  const ask: Route['ask'] = (command, answer) =>
    server.send(command, (reply, error) => answer(outcomeOf(server.address, reply, error)));
  return {
    server,
    home,
    isSubstitute,
    latestEnd: (now) => (isSubstitute ? now + lifeOnSubstitute : Number.POSITIVE_INFINITY),
    ask,
    request: (command) =>
      new Promise((resolve, reject) => {
        ask(command, (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)));
      }),
  };
}

function outcomeOf(address: string, reply: MetaReply | undefined, error: Error | undefined): MetaReply | Error {
  if (reply === undefined) return error ?? new ClosedError();
  return isErrorReply(reply) ? replyError(address, reply) : reply;
}
