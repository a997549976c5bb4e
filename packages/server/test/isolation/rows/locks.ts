import { type Actor, call, callJson, parsed, pick, type Row, same } from '../actor.js';

const pathOf = (key: string) => `/v1/locks/${encodeURIComponent(key).replaceAll('.', '%2E')}`;

const take: Row = {
  covers: ['POST lock'],
  weight: 3,
  async run(actor, key) {
    const { locks } = actor.model;
    const answer = await callJson(actor, 'POST', pathOf(key), { ttl: 600 });
    same(actor, `lock ${key}`, answer.status, locks.has(key) ? 409 : 201);
    if (answer.status === 201) locks.set(key, parsed(answer).token);
    return 1;
  },
};

/** Its own token where it has one, else the other tenant's, which is as good as none. */
function tokenFor(actor: Actor, key: string): { readonly tag: string; readonly isOwn: boolean } {
  const own = actor.model.locks.get(key);
  const foreign = actor.peer().model.locks.get(key) ?? 'none';
  const isOwn = own !== undefined && pick(actor.random, [true, false]);
  return { tag: `"${isOwn ? own : foreign}"`, isOwn };
}

const extend: Row = {
  covers: ['PATCH lock'],
  weight: 2,
  async run(actor, key) {
    const { tag, isOwn } = tokenFor(actor, key);
    const answer = await callJson(actor, 'PATCH', pathOf(key), { ttl: 700 }, { 'If-Match': tag });
    same(actor, `extension of lock ${key}`, answer.status, isOwn ? 200 : 412);
    return 1;
  },
};

const release: Row = {
  covers: ['DELETE lock'],
  weight: 2,
  async run(actor, key) {
    const { tag, isOwn } = tokenFor(actor, key);
    const answer = await call(actor, 'DELETE', pathOf(key), { headers: { 'If-Match': tag } });
    same(actor, `release of lock ${key}`, answer.status, isOwn ? 204 : 412);
    if (isOwn) actor.model.locks.delete(key);
    return 1;
  },
};

export const lockRows: readonly Row[] = [take, extend, release];
