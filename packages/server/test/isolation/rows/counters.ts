import { type Actor, callJson, entryPath, parsed, pick, type Row, same } from '../actor.js';

interface IncrementCommand {
  readonly by: number;
  readonly initial: number;
}

export function someIncrement({ mark, random }: Actor): IncrementCommand {
  return { by: 1 + Math.floor(random() * 9), initial: mark * 1e10 };
}

/** What a counter is after that; `undefined` where it is none. Enters it in the model. */
export function countInModel({ model }: Actor, key: string, { by, initial }: IncrementCommand): number | undefined {
  const entry = model.entries.get(key);
  const value = entry === undefined ? initial + by : Number(entry.value) + by;
  if (!Number.isSafeInteger(value)) return undefined;
  const { ttl, tags, indexes } = entry ?? { ttl: model.defaultTtl, tags: [], indexes: {} };
  model.write(key, { value: String(value), etag: undefined, ttl, tags, indexes });
  return value;
}

const increment: Row = {
  covers: ['POST increment'],
  weight: 6,
  async run(actor, key) {
    const command = someIncrement(actor);
    const answer = await callJson(actor, 'POST', `${entryPath(actor, key)}/increment`, command);
    const value = countInModel(actor, key, command);
    same(actor, `increment of ${key}`, answer.status, value === undefined ? 422 : 200);
    if (value !== undefined) same(actor, `count of ${key}`, parsed(answer), { value });
    return 1;
  },
};

/** Both tenants use the same few Idempotency-Keys. */
const incrementOnce: Row = {
  covers: ['Idempotency-Key'],
  weight: 5,
  async run(actor, key) {
    const { model, random } = actor;
    const name = pick(random, ['1', 'retry:1', `retry:${key.length}`, 'x'.repeat(255)]);
    const path = `/v1/cache/${encodeURIComponent(key)}/increment`;
    const command = { by: 1 + Math.floor(random() * 2), initial: actor.mark * 1e10 };
    const body = JSON.stringify(command);
    const answer = await callJson(actor, 'POST', path, command, { 'Idempotency-Key': name });
    const kept = model.kept.get(name);
    const isReplayed = kept?.path === path && kept.body === body;
    same(actor, `replay of ${name}`, answer.headers['idempotency-replayed'], isReplayed ? 'true' : undefined);
    if (isReplayed) {
      same(actor, `kept answer of ${name}`, [answer.status, answer.body.toString()], [kept.status, kept.answer]);
      return 1;
    }
    if (kept !== undefined) {
      same(actor, `another request with ${name}`, parsed(answer).code, 'idempotency_key_reused');
      return 1;
    }
    const value = countInModel(actor, key, command);
    same(actor, `increment of ${key}`, answer.status, value === undefined ? 422 : 200);
    if (value !== undefined) same(actor, `count of ${key}`, parsed(answer), { value });
    model.kept.set(name, { path, body, status: answer.status, answer: answer.body.toString() });
    return 1;
  },
};

export const counterRows: readonly Row[] = [increment, incrementOnce];
