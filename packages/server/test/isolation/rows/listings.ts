import { type Actor, call, callJson, parsed, pick, type Row, same } from '../actor.js';
import { matches } from '../model.js';
import { tagNames, termNames, termValues } from './entries.js';

/** Mostly a part of a key, with something wild in it. */
function somePattern({ random, keys }: Actor): string {
  const key = pick(random, keys).slice(0, 30);
  const escaped = key.replaceAll(/[*?\\]/g, '\\$&');
  return pick(random, ['*', '?*', `${escaped}*`, `*${escaped}`, escaped, `${[...key].slice(0, 2).join('')}*`, '**:*']);
}

const sorted = (keys: readonly string[]) => [...keys].sort();

const listKeys: Row = {
  covers: ['GET keys'],
  weight: 3,
  async run(actor) {
    const { model, random } = actor;
    const usesPrefix = random() < 0.4;
    const text = usesPrefix ? pick(random, actor.keys).slice(0, 3).toWellFormed() : somePattern(actor);
    const query = `${usesPrefix ? 'prefix' : 'match'}=${encodeURIComponent(text)}`;
    const found: string[] = [];
    let pages = 0;
    for (let cursor: string | null = ''; cursor !== null; pages++) {
      const path = `/v1/keys?${query}&limit=${6 + Math.floor(random() * 20)}${cursor && `&cursor=${cursor}`}`;
      const answer = await call(actor, 'GET', path);
      same(actor, `GET ${path}`, answer.status, 200);
      found.push(...parsed(answer).keys);
      cursor = parsed(answer).cursor;
      if (cursor !== null) model.cursor = { query, cursor };
    }
    const isMeant = usesPrefix ? (key: string) => key.startsWith(text) : matches(text);
    same(actor, `keys with ${query}`, sorted(found), sorted(model.keysWhere(isMeant)));
    return pages;
  },
};

const foreignCursor: Row = {
  covers: ['GET keys'],
  weight: 2,
  async run(actor) {
    const foreign = actor.peer().model.cursor;
    if (foreign === undefined) return 0;
    const answer = await call(actor, 'GET', `/v1/keys?${foreign.query}&limit=5&cursor=${foreign.cursor}`);
    same(actor, 'a cursor of the other tenant', [answer.status, parsed(answer).code], [400, 'invalid_cursor']);
    return 1;
  },
};

const deleteKeys: Row = {
  covers: ['DELETE keys'],
  weight: 2,
  async run(actor) {
    const pattern = somePattern(actor);
    // All of them at once would leave little to be confused.
    if (/^[*?]+$/.test(pattern) && actor.random() < 0.8) return 0;
    const answer = await call(actor, 'DELETE', `/v1/keys?match=${encodeURIComponent(pattern)}`);
    const gone = actor.model.keysWhere(matches(pattern));
    for (const key of gone) actor.model.delete(key);
    same(actor, `deletion of ${pattern}`, parsed(answer), { deleted: gone.length });
    return 1;
  },
};

const invalidateTags: Row = {
  covers: ['POST tagInvalidation'],
  weight: 2,
  async run(actor) {
    const { model, random } = actor;
    const tags = [pick(random, [...tagNames, `only-${actor.mark}`])];
    const answer = await callJson(actor, 'POST', '/v1/tags/invalidate', { tags, remove: random() < 0.3 });
    same(actor, `invalidation of ${tags}`, [answer.status, parsed(answer)], [200, { tags }]);
    for (const tag of tags) model.invalidated.add(tag);
    for (const key of model.keysWhere((_key, entry) => entry.tags.some((tag) => tags.includes(tag)))) {
      model.entries.delete(key);
      model.changed.add(key);
    }
    return 1;
  },
};

function someTerm({ random }: Actor): { readonly name: string; readonly value: string; readonly path: string } {
  const name = pick(random, termNames);
  const value = pick(random, termValues);
  return { name, value, path: `/v1/indexes/${segment(name)}/${segment(value)}` };
}

function segment(text: string): string {
  return encodeURIComponent(text).replaceAll('.', '%2E');
}

const listIndex: Row = {
  covers: ['GET index'],
  weight: 4,
  async run(actor) {
    const { model } = actor;
    const { name, value, path } = someTerm(actor);
    const expected = sorted(model.keysWhere((_key, { indexes }) => indexes[name] === value));
    const wantsEntries = actor.random() < 0.4;
    const found: string[] = [];
    let pages = 0;
    for (let cursor: string | null = ''; cursor !== null; pages++) {
      const query = `?limit=2${wantsEntries ? '&include=entries' : ''}${cursor && `&cursor=${cursor}`}`;
      const answer = await call(actor, 'GET', path + query);
      same(actor, `GET ${path}${query}`, answer.status, 200);
      const page = parsed(answer);
      for (const entry of page.entries ?? []) {
        model.counts.hits++;
        same(actor, `entry of ${path}`, entry.value, model.entries.get(entry.key)?.value);
      }
      found.push(...(page.keys ?? page.entries.map(({ key }: { key: string }) => key)));
      cursor = page.cursor;
      if (cursor !== null && !wantsEntries) model.indexCursor = { path, cursor };
    }
    same(actor, `keys of ${path}`, sorted(found), expected);
    return pages;
  },
};

const foreignIndexCursor: Row = {
  covers: ['GET index'],
  weight: 1,
  async run(actor) {
    const foreign = actor.peer().model.indexCursor;
    if (foreign === undefined) return 0;
    const answer = await call(actor, 'GET', `${foreign.path}?cursor=${foreign.cursor}`);
    same(actor, 'a cursor of the other tenant', [answer.status, parsed(answer).code], [400, 'invalid_cursor']);
    return 1;
  },
};

const deleteByIndex: Row = {
  covers: ['DELETE index'],
  weight: 1,
  async run(actor) {
    const { model } = actor;
    const { name, value, path } = someTerm(actor);
    const answer = await call(actor, 'DELETE', path);
    const gone = model.keysWhere((_key, { indexes }) => indexes[name] === value);
    for (const key of gone) model.delete(key);
    same(actor, `DELETE ${path}`, parsed(answer), { deleted: gone.length });
    return 1;
  },
};

export const listingRows: readonly Row[] = [
  ...[listKeys, foreignCursor, deleteKeys, invalidateTags],
  ...[listIndex, foreignIndexCursor, deleteByIndex],
];
