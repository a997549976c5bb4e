import type { Answer } from '../../support/http-client.js';
import { type Actor, call, callJson, entryPath, etagOf, newValue, parsed, pick, type Row, same } from '../actor.js';
import type { ModelEntry } from '../model.js';

export const tagNames = ['t', 't:', '1:t', '*', '\u00e9', 'e\u0301', '#'];
export const termNames = ['user', 'user:', '4:user', '\u00e9', 'e\u0301'];
export const termValues = ['1', '1:1', '*', '..', '%00', '\u00e9', 'e\u0301'];

/** A condition, and whether a write under it goes on; what names a tag of the other tenant is as if it named nothing. */
interface Condition {
  readonly headers: Record<string, string>;
  readonly holds: (entry: ModelEntry | undefined) => boolean;
}

function someCondition(actor: Actor, key: string): Condition {
  const own = actor.model.entries.get(key)?.etag;
  const foreign = actor.peer().model.entries.get(key)?.etag ?? '"foreign"';
  return pick(actor.random, [
    { headers: {}, holds: () => true },
    { headers: { 'If-None-Match': '*' }, holds: (entry) => entry === undefined },
    { headers: { 'If-Match': '*' }, holds: (entry) => entry !== undefined },
    { headers: { 'If-Match': foreign }, holds: () => false },
    { headers: { 'If-None-Match': foreign }, holds: () => true },
    { headers: { 'If-Match': own ?? '"none"' }, holds: () => own !== undefined },
  ] satisfies Condition[]);
}

const put: Row = {
  covers: ['PUT entry'],
  weight: 14,
  async run(actor, key) {
    const { model } = actor;
    const value = newValue(actor);
    const { headers, holds } = someCondition(actor, key);
    const before = model.entries.get(key);
    const answer = await call(actor, 'PUT', entryPath(actor, key), {
      body: value,
      headers: { ...headers, 'Content-Type': 'text/plain' },
    });
    const status = holds(before) ? (before === undefined ? 201 : 204) : 412;
    same(actor, `PUT ${key} ${JSON.stringify(headers)}`, answer.status, status);
    if (status === 412) return 1;
    same(actor, `life of PUT ${key}`, answer.headers['cache-ttl'], String(model.defaultTtl));
    model.write(key, { value, etag: etagOf(answer), ttl: model.defaultTtl, tags: [], indexes: {} });
    return 1;
  },
};

const post: Row = {
  covers: ['POST entry'],
  weight: 12,
  async run(actor, key) {
    const { model, random } = actor;
    const before = model.entries.get(key);
    const ifAbsent = random() < 0.2;
    const value = newValue(actor);
    const tags = tagNames.filter(() => random() < 0.3);
    const indexes = Object.fromEntries(
      termNames.filter(() => random() < 0.4).map((name) => [name, pick(random, termValues)]),
    );
    const ttl = 1_000 + Math.floor(random() * 1_000);
    const answer = await callJson(actor, 'POST', entryPath(actor, key), { value, tags, indexes, ttl, ifAbsent });
    const status = before === undefined ? 201 : ifAbsent ? 412 : 200;
    same(actor, `POST ${key}`, answer.status, status);
    if (status === 412) return 1;
    same(actor, `answer to POST ${key}`, parsed(answer), { key, etag: etagOf(answer), ttl });
    model.write(key, { value, etag: etagOf(answer), ttl, tags, indexes });
    return 1;
  },
};

function checkRead(actor: Actor, key: string, method: string, entry: ModelEntry | undefined, answer: Answer): void {
  const what = `${method} ${key}`;
  same(actor, what, answer.status, entry === undefined ? 404 : 200);
  if (entry === undefined) return;
  if (method === 'GET') same(actor, `value of ${key}`, answer.body.toString(), entry.value);
  same(actor, `life of ${key}`, answer.headers['cache-ttl'], entry.ttl === undefined ? undefined : String(entry.ttl));
  same(actor, `tag of ${key}`, etagOf(answer), entry.etag ?? etagOf(answer));
  entry.etag = etagOf(answer);
}

const get: Row = {
  covers: ['GET entry', 'HEAD entry'],
  weight: 18,
  async run(actor, key) {
    const method = actor.random() < 0.8 ? 'GET' : 'HEAD';
    const entry = actor.model.read(key);
    checkRead(actor, key, method, entry, await call(actor, method, entryPath(actor, key)));
    return 1;
  },
};

/** Both tenants read one key at the same time, many times over: what is shared among readers is shared within one. */
const getTogether: Row = {
  covers: ['GET entry'],
  weight: 4,
  async run(actor, key) {
    const readers = 6;
    const answers = await Promise.all(
      Array.from({ length: readers }, () => call(actor, 'GET', `/v1/cache/${encodeURIComponent(key)}`)),
    );
    for (const answer of answers) checkRead(actor, key, 'GET', actor.model.read(key), answer);
    return readers;
  },
};

const getConditional: Row = {
  covers: ['GET entry'],
  weight: 8,
  async run(actor, key) {
    const entry = actor.model.read(key);
    const foreign = actor.peer().model.entries.get(key)?.etag ?? '"foreign"';
    const own = entry?.etag ?? '"none"';
    const isKnown = entry?.etag !== undefined;
    const [headers, status] = pick(actor.random, [
      [{ 'If-None-Match': foreign }, 200],
      [{ 'If-Match': foreign }, 412],
      [{ 'If-None-Match': own }, isKnown ? 304 : 200],
      [{ 'If-Match': own }, isKnown ? 200 : 412],
    ] as const);
    const answer = await call(actor, 'GET', entryPath(actor, key), { headers });
    const expected = entry === undefined ? 404 : status;
    same(actor, `GET ${key} ${JSON.stringify(headers)}`, answer.status, expected);
    if (expected === 200) same(actor, `value of ${key}`, answer.body.toString(), entry?.value);
    return 1;
  },
};

const getEnvelope: Row = {
  covers: ['GET entry'],
  weight: 6,
  async run(actor, key) {
    const entry = actor.model.read(key);
    const headers = { Accept: 'application/vnd.larder.entry+json' };
    const answer = await call(actor, 'GET', entryPath(actor, key), { headers });
    same(actor, `envelope of ${key}`, answer.status, entry === undefined ? 404 : 200);
    if (entry === undefined) return 1;
    const { key: named, value, ttl, tags, indexes } = parsed(answer);
    const { ttl: life = null } = entry;
    const expected = [key, entry.value, life, [...entry.tags].sort(), entry.indexes];
    same(actor, `envelope of ${key}`, [named, value, ttl, [...tags].sort(), indexes], expected);
    return 1;
  },
};

const remove: Row = {
  covers: ['DELETE entry'],
  weight: 5,
  async run(actor, key) {
    const { model } = actor;
    const { headers, holds } = someCondition(actor, key);
    const isAllowed = holds(model.entries.get(key));
    const answer = await call(actor, 'DELETE', entryPath(actor, key), { headers });
    same(actor, `DELETE ${key} ${JSON.stringify(headers)}`, answer.status, isAllowed ? 204 : 412);
    if (!isAllowed) return 1;
    same(actor, `what DELETE ${key} did`, answer.headers['cache-deleted'], String(model.delete(key)));
    return 1;
  },
};

const exists: Row = {
  covers: ['GET exists'],
  weight: 5,
  async run(actor, key) {
    const answer = await call(actor, 'GET', `${entryPath(actor, key)}/exists`);
    same(actor, `existence of ${key}`, parsed(answer), { exists: actor.model.entries.has(key) });
    return 1;
  },
};

const touch: Row = {
  covers: ['PATCH entry'],
  weight: 4,
  async run(actor, key) {
    const { model, random } = actor;
    const entry = model.entries.get(key);
    const ttl = random() < 0.2 ? undefined : 2_000 + Math.floor(random() * 1_000);
    const answer = await callJson(
      actor,
      'PATCH',
      entryPath(actor, key),
      ttl === undefined ? { persist: true } : { ttl },
    );
    same(actor, `touch of ${key}`, answer.status, entry === undefined ? 404 : 200);
    if (entry === undefined) return 1;
    same(actor, `tag of ${key}`, etagOf(answer), entry.etag ?? etagOf(answer));
    model.entries.set(key, { ...entry, ttl });
    model.changed.add(key);
    return 1;
  },
};

const mergePatch: Row = {
  covers: ['PATCH entry (merge patch)'],
  weight: 3,
  async run(actor, key) {
    const { model } = actor;
    const entry = model.entries.get(key);
    const value = JSON.stringify(newValue(actor));
    const headers = { 'Content-Type': 'application/merge-patch+json' };
    const answer = await call(actor, 'PATCH', entryPath(actor, key), { body: value, headers });
    const isJson = entry !== undefined && !entry.value.startsWith('<');
    same(actor, `merge patch of ${key}`, answer.status, entry === undefined ? 404 : isJson ? 200 : 422);
    if (isJson) model.write(key, { ...entry, value, etag: undefined });
    return 1;
  },
};

export const entryRows: readonly Row[] = [
  ...[put, post, get, getTogether, getConditional, getEnvelope],
  ...[remove, exists, touch, mergePatch],
];
