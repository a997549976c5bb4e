import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Store } from '@larder/cache';
import { chaosStore, type FakeClock, fakeClock, memoryMapStore, seededRandom } from '@larder/cache/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Answers } from '../../../src/http/answers.js';
import type { Exchange } from '../../../src/http/exchange.js';
import { Problem } from '../../../src/http/problem.js';
import type { Answer } from '../../support/http-client.js';
import { apiKey } from '../../support/service-process.js';
import { type SmallService, startSmallService } from './small-service.js';

let clock: FakeClock;
let store: Store;
let runs: number;
const services: SmallService[] = [];

beforeEach(() => {
  clock = fakeClock();
  store = memoryMapStore();
  runs = 0;
});
afterEach(async () => {
  for (const service of services.splice(0)) await service.close();
});

type Work = (answers: Answers, exchange: Exchange, run: number) => unknown;
const answerWithRun: Work = (answers, exchange, run) => answers.json(exchange, 201, { run }, ['ETag', `"${run}"`]);

async function start(work: Work = answerWithRun, options: { isDead?: boolean } = {}): Promise<SmallService> {
  const service = await startSmallService({
    store,
    clock,
    ...options,
    work: (answers, exchange) => work(answers, exchange, ++runs),
  });
  services.push(service);
  return service;
}

interface Asked {
  readonly key?: string;
  readonly body?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
}

const ask = ({ client }: SmallService, { key = 'key-1', body = '{}', path = '/v1/batch', headers = {} }: Asked = {}) =>
  client.send('POST', path, {
    body,
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key, ...headers },
  });
const codeOf = ({ body }: Answer) => JSON.parse(body.toString()).code;
const outcome = (answer: Answer) => [answer.status, codeOf(answer)];

/** Work that waits until it is told how to end. */
function heldWork() {
  let begun = () => {};
  let end: (finish: () => void) => void = () => {};
  const hasBegun = new Promise<void>((resolve) => (begun = resolve));
  const ended = new Promise<() => void>((resolve) => (end = resolve));
  const work: Work = async (answers, exchange, run) => {
    begun();
    (await ended)();
    answerWithRun(answers, exchange, run);
  };
  return { work, hasBegun, end: (finish = () => {}) => end(finish) };
}

/** Sends a request, and reads no answer. */
function post(port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1' });
  const fields = [`Authorization: Bearer ${apiKey}`, 'Idempotency-Key: key-1', 'Content-Type: application/json'];
  socket.write(['POST /v1/batch HTTP/1.1', 'Host: larder', ...fields, 'Content-Length: 2', '', '{}'].join('\r\n'));
  return socket;
}

async function left(socket: Socket): Promise<void> {
  socket.destroy();
  await once(socket, 'close');
  await settled();
}

/** Time for what goes on between sockets and the store. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe('a request with an Idempotency-Key', () => {
  it('is done once, and answered alike in whichever process it is repeated', async () => {
    const [one, other] = [await start(), await start()];
    const first = await ask(one);
    expect([first.status, first.headers.etag, first.headers['idempotency-replayed']]).toEqual([201, '"1"', undefined]);
    for (const service of [one, other]) {
      const again = await ask(service);
      expect([again.status, again.headers.etag, again.body.toString()]).toEqual([201, '"1"', '{"run":1}']);
      expect(again.headers['idempotency-replayed']).toBe('true');
      expect(again.headers['content-type']).toBe(first.headers['content-type']);
    }
    expect(runs).toBe(1);
  });

  it('is done again after 24 hours', async () => {
    const service = await start();
    await ask(service);
    clock.advance(24 * 3_600_000 - 1);
    expect((await ask(service)).body.toString()).toBe('{"run":1}');
    clock.advance(1);
    expect((await ask(service)).body.toString()).toBe('{"run":2}');
  });

  it('is refused if body or query are others, 422', async () => {
    const service = await start();
    await ask(service);
    for (const other of [{ body: '{ }' }, { path: '/v1/batch?x=1' }]) {
      expect(outcome(await ask(service, other))).toEqual([422, 'idempotency_key_reused']);
    }
    expect(runs).toBe(1);
  });

  it('meets neither those of another API key nor of another tenant', async () => {
    const service = await start();
    const askers = [{}, { 'X-Key-Id': 'k2' }, { 'X-Tenant': 'two' }];
    for (const headers of askers) await ask(service, { headers });
    expect(runs).toBe(3);
    const bodies = await Promise.all(askers.map(async (headers) => (await ask(service, { headers })).body.toString()));
    expect(bodies).toEqual(['{"run":1}', '{"run":2}', '{"run":3}']);
  });

  it.each(['', ' ', 'a b', 'ä', 'x'.repeat(256), 'a, b'])('is refused if the key is %j, 400', async (key) => {
    const service = await start();
    expect(outcome(await ask(service, { key: Buffer.from(key).toString('latin1') }))).toEqual([400, 'invalid_request']);
    expect(runs).toBe(0);
  });

  it('may have a key of 255 characters, and is as any other where the operation can be repeated anyway', async () => {
    const service = await start();
    await ask(service, { key: '~'.repeat(255) });
    await ask(service, { key: '~'.repeat(255) });
    expect(runs).toBe(1);
    for (let run = 0; run < 2; run++) await ask(service, { path: '/v1/tags/invalidate', key: 'a b' });
    expect(runs).toBe(3);
  });
});

describe('while the first request is under way', () => {
  it('others are refused with 409 and Retry-After, for as long as it takes', async () => {
    const held = heldWork();
    const [one, other] = [await start(held.work), await start()];
    const first = ask(one);
    await held.hasBegun;
    for (let seconds = 0; seconds < 60; seconds += 5) {
      const meanwhile = await ask(other);
      expect([...outcome(meanwhile), meanwhile.headers['retry-after']]).toEqual([409, 'idempotency_in_flight', '1']);
      expect(outcome(await ask(other, { body: '[]' }))).toEqual([422, 'idempotency_key_reused']);
      clock.advance(5_000);
      await settled();
    }
    held.end();
    expect((await first).status).toBe(201);
    expect((await ask(other)).headers['idempotency-replayed']).toBe('true');
    expect(runs).toBe(1);
    expect(clock.pendingTasks()).toBe(0);
  });

  it('100 at once have one winner', async () => {
    const services = [await start(), await start()];
    const answers = await Promise.all(Array.from({ length: 100 }, (_, at) => ask(services[at % 2] as SmallService)));
    expect(runs).toBe(1);
    const done = answers.filter(({ status }) => status === 201);
    expect(done.filter(({ headers }) => headers['idempotency-replayed'] === undefined)).toHaveLength(1);
    expect(new Set(done.map(({ body }) => body.toString()))).toEqual(new Set(['{"run":1}']));
    const refused = answers.filter(({ status }) => status !== 201);
    expect(new Set(refused.map(codeOf))).toEqual(refused.length === 0 ? new Set() : new Set(['idempotency_in_flight']));
  });

  it('its process may die: after 15 seconds the next one does it', async () => {
    const [dead, living] = [await start(heldWork().work, { isDead: true }), await start()];
    void ask(dead).catch(() => {});
    while (runs === 0) await settled();
    clock.advance(14_999);
    expect(outcome(await ask(living))).toEqual([409, 'idempotency_in_flight']);
    clock.advance(1);
    expect((await ask(living)).body.toString()).toBe('{"run":2}');
  });

  it('its caller may leave: whoever asks again gets the answer', async () => {
    const held = heldWork();
    const service = await start(held.work);
    const socket = post(service.port);
    await held.hasBegun;
    await left(socket);
    held.end();
    await settled();
    const again = await ask(service);
    expect([again.status, again.body.toString(), runs]).toEqual([201, '{"run":1}', 1]);
  });
});

it('a caller who asks again and leaves at once has nothing done', async () => {
  const service = await start();
  await ask(service);
  let readAgain = () => {};
  let letGo = () => {};
  const isReadAgain = new Promise<void>((resolve) => {
    readAgain = resolve;
  });
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const get = store.get.bind(store);
  store.get = async (keys, call) => {
    readAgain();
    await held;
    return get(keys, call);
  };
  const socket = post(service.port);
  await isReadAgain;
  await left(socket);
  letGo();
  await settled();
  expect(runs).toBe(1);
});

describe('an answer', () => {
  it.each([
    [new Problem('tenant_exists', 'no'), 409],
    [new Problem('not_an_integer', 'no'), 422],
  ])('that is a refusal for good is kept: %s, %i', async (problem, status) => {
    const service = await start(() => {
      throw problem;
    });
    const [first, again] = [await ask(service), await ask(service)];
    expect([first.status, again.status, again.headers['idempotency-replayed'], runs]).toEqual([
      status,
      status,
      'true',
      1,
    ]);
    expect(again.body.equals(first.body)).toBe(true);
  });

  it.each([
    [new Problem('lock_held', 'no'), 409],
    [new Problem('rate_limited', 'no'), 429],
    [new Problem('store_unavailable', 'no'), 503],
    [new Error('unexpected'), 500],
  ])('that may be another the next time is not: %s, %i', async (error, status) => {
    const service = await start((answers, exchange, run) => {
      if (run === 1) throw error;
      answerWithRun(answers, exchange, run);
    });
    expect([(await ask(service)).status, (await ask(service)).status, runs]).toEqual([status, 201, 2]);
  });

  it('that is too large to be kept is sent once; the request is not done again', async () => {
    const service = await start((answers, exchange) => answers.json(exchange, 200, 'x'.repeat(300_000)));
    expect((await ask(service)).body.length).toBe(300_002);
    expect(outcome(await ask(service))).toEqual([409, 'idempotency_answer_gone']);
    expect(runs).toBe(1);
  });

  it('without a body, and one of any bytes, come back as they were', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, at) => at);
    const service = await start((answers, exchange, run) =>
      answers.send(exchange, run === 1 ? 204 : 200, [], run === 1 ? undefined : bytes),
    );
    for (const key of ['none', 'bytes']) {
      const [first, again] = [await ask(service, { key }), await ask(service, { key })];
      expect([again.status, again.headers['content-length']]).toEqual([first.status, first.headers['content-length']]);
      expect(again.body.equals(first.body)).toBe(true);
    }
    expect(runs).toBe(2);
  });

  it('stands nowhere in the store, nor do the key and the request that it belongs to', async () => {
    const service = await start((answers, exchange) => answers.json(exchange, 201, { key: 'a-new-secret' }));
    const written: string[] = [];
    const set = store.set.bind(store);
    const modify = store.modify.bind(store);
    const note = (key: string, bytes: Uint8Array) => written.push(key, Buffer.from(bytes).toString('latin1'));
    store.set = (writes, call) => {
      for (const { key, bytes } of writes) note(key, bytes);
      return set(writes, call);
    };
    store.modify = (key, change, call) =>
      modify(
        key,
        (current) => {
          const decided = change(current);
          if (typeof decided === 'object') note(key, decided.bytes);
          return decided;
        },
        call,
      );
    await ask(service, { key: 'key-of-the-test', body: '"request-body"' });
    expect((await ask(service, { key: 'key-of-the-test', body: '"request-body"' })).body.toString()).toContain(
      'a-new-secret',
    );
    expect(written.join()).toContain('fingerprint');
    expect(written.join()).not.toMatch(/a-new-secret|key-of-the-test|request-body/);
  });
});

describe('while the store fails', () => {
  it('nothing is done that could not be told from a repetition', async () => {
    const chaos = chaosStore(store, { random: seededRandom(1), clock });
    store = chaos;
    const service = await start();
    chaos.become({ errorRate: 1 });
    expect(outcome(await ask(service))).toEqual([503, 'store_unavailable']);
    expect(runs).toBe(0);
  });

  it('what was done is answered all the same, and the log tells', async () => {
    const chaos = chaosStore(store, { random: seededRandom(1), clock });
    store = chaos;
    const service = await start((answers, exchange, run) => {
      chaos.become({ errorRate: 1 });
      answerWithRun(answers, exchange, run);
    });
    expect((await ask(service)).status).toBe(201);
    expect(service.log.join()).toContain('an answer was not kept');
  });
});
