import { type Actor, callJson, newValue, parsed, pick, type Row, same } from '../actor.js';
import { countInModel, someIncrement } from './counters.js';
import { tagNames } from './entries.js';

/** An operation as it is sent, and how its result is held against the model, in the order of the operations. */
interface Operation {
  readonly sent: object;
  check(result: { readonly status: number; readonly [member: string]: unknown }): void;
}

const operations = 40;

export const batchRow: Row = {
  covers: ['POST batch'],
  weight: 24,
  async run(actor, key) {
    const { random } = actor;
    const list = Array.from({ length: operations }, () =>
      someOperation(actor, random() < 0.5 ? key : pick(random, actor.keys)),
    );
    const answer = await callJson(actor, 'POST', '/v1/batch', { operations: list.map(({ sent }) => sent) });
    same(actor, 'batch', answer.status, 200);
    const { results } = parsed(answer);
    same(actor, 'results of a batch', results.length, operations);
    for (const [at, operation] of list.entries()) operation.check(results[at]);
    return operations;
  },
};

function someOperation(actor: Actor, key: string): Operation {
  const make = pick(actor.random, [get, get, get, set, set, add, remove, exists, touch, increment]);
  return make(actor, key);
}

function get(actor: Actor, key: string): Operation {
  return {
    sent: { op: 'get', key },
    check({ status, value, etag }) {
      const entry = actor.model.read(key);
      same(actor, `get of ${key} in a batch`, status, entry === undefined ? 404 : 200);
      if (entry === undefined) return;
      same(actor, `value of ${key} in a batch`, [value, etag], [entry.value, entry.etag ?? etag]);
      entry.etag = String(etag);
    },
  };
}

function set(actor: Actor, key: string): Operation {
  const value = newValue(actor);
  const tags = [pick(actor.random, tagNames)];
  return {
    sent: { op: 'set', key, value, tags },
    check({ status, etag }) {
      same(actor, `set of ${key} in a batch`, status, actor.model.entries.has(key) ? 204 : 201);
      actor.model.write(key, { value, etag: String(etag), ttl: actor.model.defaultTtl, tags, indexes: {} });
    },
  };
}

function add(actor: Actor, key: string): Operation {
  const value = newValue(actor);
  return {
    sent: { op: 'add', key, value, ttl: 500 },
    check({ status, etag }) {
      const isThere = actor.model.entries.has(key);
      same(actor, `add of ${key} in a batch`, status, isThere ? 412 : 201);
      if (!isThere) actor.model.write(key, { value, etag: String(etag), ttl: 500, tags: [], indexes: {} });
    },
  };
}

function remove(actor: Actor, key: string): Operation {
  return {
    sent: { op: 'delete', key },
    check(result) {
      same(actor, `delete of ${key} in a batch`, result, { status: 204, deleted: actor.model.delete(key) });
    },
  };
}

function exists(actor: Actor, key: string): Operation {
  return {
    sent: { op: 'exists', key },
    check(result) {
      same(actor, `existence of ${key} in a batch`, result, { status: 200, exists: actor.model.entries.has(key) });
    },
  };
}

function touch(actor: Actor, key: string): Operation {
  return {
    sent: { op: 'touch', key, ttl: 700 },
    check({ status }) {
      const entry = actor.model.entries.get(key);
      same(actor, `touch of ${key} in a batch`, status, entry === undefined ? 404 : 200);
      if (entry !== undefined) actor.model.entries.set(key, { ...entry, ttl: 700 });
      actor.model.changed.add(key);
    },
  };
}

function increment(actor: Actor, key: string): Operation {
  const command = someIncrement(actor);
  return {
    sent: { op: 'increment', key, ...command },
    check({ status, value }) {
      const count = countInModel(actor, key, command);
      same(
        actor,
        `increment of ${key} in a batch`,
        [status, value],
        count === undefined ? [422, undefined] : [200, count],
      );
    },
  };
}
