import type { MemoryOptions } from '@larder/cache';
import { type Random, seededRandom } from '@larder/cache/testing';
import { startApp } from '../support/app-in-process.js';
import type { Client } from '../support/http-client.js';
import { type Actor, holder, Leak, pick, type Row } from './actor.js';
import { type Listener, listen } from './events.js';
import { hostileKeys, hostilePairs } from './hostile-names.js';
import { TenantModel } from './model.js';
import { limitOf, makeKey, makeTenant } from './rows/tenancy.js';
import { eventsCall, rowsFor, servedCalls } from './table.js';

export interface Campaign {
  readonly seed: number;
  readonly cases: number;
  readonly memory: MemoryOptions | undefined;
}

export interface Outcome {
  readonly cases: number;
  /** Of each call that has a row. */
  readonly casesOf: ReadonlyMap<string, number>;
  readonly namesHeard: number;
  readonly served: ReadonlySet<string>;
}

const keysOfPair = 24;
/** In milliseconds. */
const moment = 6;

/** All pairs at the same time, over one store; within a pair, both tenants at the same time, with the same key. */
export async function runCampaign({ seed, cases, memory }: Campaign): Promise<Outcome> {
  const app = await startApp(memory === undefined ? {} : { memory });
  const clients = new Set<Client>();
  try {
    const served = await servedCalls(app.client);
    const table = rowsFor(served);
    const casesOf = new Map(table.flatMap(({ covers }) => covers).map((call) => [call, 0]));
    let done = 0;
    let namesHeard = 0;
    let passed = 0;

    /** Events are told a moment late. In all it is less than the second by which answers count lives. */
    const passTime = () => {
      if (passed + moment >= 1_000) return;
      passed += moment;
      app.clock.advance(moment);
    };

    const runPair = async (at: number, ids: readonly [string, string]) => {
      const random = seededRandom(seed + at);
      const [one, other] = await makePair(app.port, app.client, random, at, ids, clients);
      const listeners = served.has(eventsCall) ? [await listen(app.port, one), await listen(app.port, other)] : [];
      for (let round = 0; done < cases; round++) {
        if (at === 0 && round % 2 === 0) passTime();
        const key = pick(random, one.keys);
        const turn = async (actor: Actor) => {
          const row = someRow(actor.random, table);
          const ownKey = actor.random() < 0.9 ? key : pick(actor.random, actor.keys);
          const count = await row.run(actor, ownKey);
          for (const call of row.covers) casesOf.set(call, (casesOf.get(call) ?? 0) + count);
          done += count;
        };
        await Promise.all([turn(one), turn(other)]);
      }
      namesHeard += await endListening(app.port, [one, other], listeners);
    };

    const stopAll = (error: unknown) => {
      done = cases;
      throw error;
    };
    const pairs = await Promise.allSettled(hostilePairs.map((ids, at) => runPair(at, ids).catch(stopAll)));
    for (const pair of pairs) if (pair.status === 'rejected') throw pair.reason;
    return { cases: done, casesOf, namesHeard, served };
  } finally {
    for (const client of clients) client.close();
    await app.close();
  }
}

function someRow(random: Random, table: readonly Row[]): Row {
  let left = random() * table.reduce((sum, { weight }) => sum + weight, 0);
  for (const row of table) {
    left -= row.weight;
    if (left < 0) return row;
  }
  return table[0] as Row;
}

async function makePair(
  port: number,
  admin: Client,
  random: Random,
  at: number,
  ids: readonly [string, string],
  clients: Set<Client>,
): Promise<readonly [Actor, Actor]> {
  const shared = hostileKeys(random, ids, keysOfPair);
  const actors: Actor[] = [];
  for (const [side, id] of ids.entries()) {
    const mark = 2 * at + side + 1;
    await makeTenant(admin, id, { entries: limitOf({ mark }) });
    const hold = (key: { id: string; key: string }) => {
      const held = holder(port, key);
      clients.add(held.client);
      return held;
    };
    const prefix = pick(random, ids).slice(0, 8).toWellFormed();
    actors.push({
      ...{ id, mark, admin, hold, model: new TenantModel(), random: seededRandom(mark * 7_919 + random() * 1e9) },
      peer: () => actors[1 - side] as Actor,
      keys: [...shared, `only-${mark}`, `${id.slice(0, 20).toWellFormed()}:only-${mark}`],
      full: hold(await makeKey(admin, id)),
      narrow: { ...hold(await makeKey(admin, id, [prefix])), prefix },
    });
  }
  return actors as unknown as readonly [Actor, Actor];
}

/** What was told last is told within a moment. Then each goes on where the other has ended, which is nowhere. */
async function endListening(port: number, actors: readonly Actor[], listeners: readonly Listener[]): Promise<number> {
  let names = 0;
  for (const [at, listener] of listeners.entries()) {
    names += listener.check();
    const actor = actors[at] as Actor;
    const foreign = await listen(port, actor, listeners[1 - at]?.lastEventId());
    await new Promise((resolve) => setTimeout(resolve, 50));
    if (!foreign.lastEventId()?.startsWith(listener.lastEventId()?.split('-')[0] ?? '')) {
      throw new Leak(`tenant ${actor.id} resumes the events of the other one`);
    }
    foreign.check();
    foreign.close();
  }
  for (const listener of listeners) listener.close();
  return names;
}
