import { afterEach, describe, expect, it } from 'vitest';
import { api } from '../../src/api.js';
import { addresses } from '../../src/http/addresses.js';
import type { Operation } from '../../src/http/operation.js';
import { allScopes, type Scope } from '../../src/modules/api-keys/scopes.js';
import { byStatus, problemsOf } from '../../src/modules/openapi/implied.js';
import { type AppInProcess, startApp } from '../support/app-in-process.js';
import { complaintAbout, type DescribedOperation, document, seenAnswers } from '../support/described-answers.js';
import type { Answer } from '../support/http-client.js';
import { rawRequest } from '../support/raw-request.js';
import { apiKey } from '../support/service-process.js';
import { type Case, cases, put, type Sent, setLimits } from './requests.js';
import { storeInTrouble, storeWithoutLists, type Trouble } from './store-in-trouble.js';

/** What the document describes, and no request can bring about. */
const unprovoked: readonly { readonly status: number; readonly why: string }[] = [
  { status: 500, why: 'it would be a defect of the service' },
];

const operations = api.flatMap((group) => group.operations);

let app: AppInProcess | undefined;
afterEach(async () => {
  await app?.close();
  app = undefined;
});

const aKey = async (started: AppInProcess, scopes: readonly Scope[]) =>
  (await started.apiKeyRecords.create({ tenant: 'default', name: 'x', scopes }, started.clock.now())).text;
const bearer = (key: string) => ({ Authorization: `Bearer ${key}` });
const documents = (operation: Operation, status: number) => byStatus(problemsOf(operation)).has(status);
const methodsOf = ({ method }: Operation) => (method === 'GET' ? ['GET', 'HEAD'] : [method]);
const first = ({ id }: Operation): Case => cases[id]?.[0] ?? { status: 0 };

function pathOf({ route }: Operation, { parameters = [], query }: Sent): string {
  let at = 0;
  const path = addresses[route].replaceAll(/\{\w+\}/g, () => encodeURIComponent(parameters[at++] ?? 'k'));
  return query === undefined ? path : `${path}?${query}`;
}

/** Sends it with every method that the operation has; the client holds each answer against the document. */
async function statusesOf(
  to: AppInProcess,
  operation: Operation,
  { body, headers = {}, ...sent }: Sent,
): Promise<number[]> {
  const statuses: number[] = [];
  for (const method of methodsOf(operation)) {
    const path = pathOf(operation, sent);
    const options = { headers, ...(body === undefined ? {} : { body }) };
    const isStream = operation.id === 'getEvents' && method === 'GET';
    const { status } = await (isStream ? beginningOf(to, path, headers) : to.client.send(method, path, options));
    statuses.push(status);
  }
  return statuses;
}

/** The head of a stream, which does not end, or all of a refusal. */
async function beginningOf(to: AppInProcess, path: string, headers: NonNullable<Sent['headers']>): Promise<Answer> {
  const all: Record<string, string | string[]> = { Host: 'larder', Authorization: `Bearer ${apiKey}`, ...headers };
  const lines = Object.entries(all).flatMap(([name, value]) => [value].flat().map((each) => `${name}: ${each}`));
  const {
    status,
    headers: fields,
    body,
  } = await rawRequest(to.port, `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
  const answer = { status, headers: Object.fromEntries(fields), body: Buffer.from(body) };
  expect(complaintAbout({ method: 'GET', path }, answer)).toBeUndefined();
  return answer;
}

/** Makes what the case needs first; some of it says where. */
async function prepared(to: AppInProcess, { before, ...sent }: Case): Promise<Case> {
  const made = await before?.(to);
  if (made === undefined || 'status' in made) return sent;
  return { ...sent, ...made, headers: { ...sent.headers, ...made.headers } };
}

const every = (status: number) => (statuses: readonly number[]) => statuses.every((found) => found === status);

describe('live answers are what the document says', () => {
  it.each(operations)('$id: its own answers', async (operation) => {
    expect(cases[operation.id], `Add cases of ${operation.id} to live-answers/requests.ts`).toBeDefined();
    for (const one of cases[operation.id] ?? []) {
      app = await startApp();
      const statuses = await statusesOf(app, operation, await prepared(app, one));
      expect(statuses, `${one.status}`).toSatisfy(every(one.status));
      await app.close();
      app = undefined;
    }
  });

  it.each(operations)('$id: refused for what is wrong with the request', async (operation) => {
    app = await startApp();
    const lacking = await aKey(
      app,
      allScopes.filter((scope) => scope !== operation.scope),
    );
    const isKeyed = addresses[operation.route].includes('{');
    const wrong: readonly (readonly [status: number, Sent])[] = [
      [400, { ...first(operation), headers: { ...first(operation).headers, 'Cache-TTL': ['1', '2'] } }],
      [401, { ...first(operation), headers: bearer('wrong') }],
      [403, { ...first(operation), headers: bearer(lacking) }],
      ...(isKeyed ? [[414, { ...first(operation), parameters: Array(5).fill('k'.repeat(513)) }] as const] : []),
      [415, { ...first(operation), body: 'x', headers: { 'Content-Type': 'text' } }],
    ];
    for (const [status, sent] of wrong.filter(([each]) => documents(operation, each))) {
      expect(await statusesOf(app, operation, sent), `${status}`).toSatisfy(every(status));
    }
  });

  it.each(operations.filter((operation) => documents(operation, 413)))(
    '$id: refused for a large body',
    async (operation) => {
      app = await startApp();
      const path = pathOf(operation, first(operation));
      const head = `${operation.method} ${path} HTTP/1.1\r\nHost: larder\r\nAuthorization: Bearer ${apiKey}\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n`;
      const { status, headers, body } = await rawRequest(app.port, head);
      expect(status).toBe(413);
      const answer = { status, headers: Object.fromEntries(headers), body: Buffer.from(body) };
      expect(complaintAbout({ method: operation.method, path }, answer)).toBeUndefined();
    },
  );

  it.each(operations)('$id: refused while the service drains', async (operation) => {
    app = await startApp();
    app.lifecycle.startDraining();
    // A stream is refused only once the others have been ended.
    const isRefused = problemsOf(operation).includes('draining') && operation.id !== 'getEvents';
    expect((await statusesOf(app, operation, first(operation))).every((status) => status === 503)).toBe(isRefused);
  });

  it('a tenant beyond its limits: 429', async () => {
    app = await startApp();
    const reader = await aKey(app, ['cache:read']);
    await setLimits(app, { burst: { requests: 1, seconds: 3_600 } });
    await put(app);
    for (const operation of operations.filter((each) => documents(each, 429))) {
      // Administrators are not limited.
      const headers = operation.scope === 'admin' ? bearer(reader) : {};
      const sent = { ...first(operation), headers: { ...first(operation).headers, ...headers } };
      expect(await statusesOf(app, operation, sent), operation.id).toSatisfy(every(429));
    }
  });

  it.each(operations.filter(({ isRepeatable }) => isRepeatable))('$id: sent again', async (operation) => {
    const headers = { 'Idempotency-Key': 'once' };
    app = await startApp();
    const one = await prepared(app, first(operation));
    const sent = { ...one, headers: { ...one.headers, ...headers } };
    const [status] = await statusesOf(app, operation, sent);
    expect(await statusesOf(app, operation, sent)).toEqual([status]);
    expect(await statusesOf(app, operation, { ...sent, query: 'another=1' })).toEqual([422]);
    await app.close();
    app = await startApp({ limits: { keptAnswerBytes: 1 } });
    const other = await prepared(app, first(operation));
    const again = { ...other, headers: { ...other.headers, ...headers } };
    await statusesOf(app, operation, again);
    expect(await statusesOf(app, operation, again)).toEqual([409]);
  });

  const troubles: readonly (readonly [Trouble, number])[] = [
    ['down', 503],
    ['slow', 504],
    ['full', 507],
  ];
  it.each(troubles)('a store that is %s: %i', async (trouble, status) => {
    for (const operation of operations.filter((each) => documents(each, status))) {
      const { store, become } = storeInTrouble();
      app = await startApp({ store });
      const sent = await prepared(app, first(operation));
      // No key is recognised without the store but the one of the environment.
      const key = trouble === 'full' ? apiKey : await aKey(app, allScopes);
      become(trouble);
      const statuses = await statusesOf(app, operation, { ...sent, headers: { ...sent.headers, ...bearer(key) } });
      expect(statuses, operation.id).toSatisfy(every(status));
      await app.close();
      app = undefined;
    }
  });

  it('/readyz is answered with 503 also where the store is late', async () => {
    const { store, become } = storeInTrouble();
    app = await startApp({ store });
    become('slow');
    expect((await app.client.send('GET', '/readyz')).status).toBe(503);
  });

  it('a store that can neither list nor search: 501', async () => {
    app = await startApp({ store: storeWithoutLists(), webhooks: { tellsExpiry: false } });
    for (const operation of operations.filter((each) => documents(each, 501))) {
      const sent = await prepared(app, first(operation));
      expect(await statusesOf(app, operation, sent), operation.id).toSatisfy(every(501));
    }
  });

  it('and every answer that it describes was seen', () => {
    const described = Object.values(document.paths).flatMap((item) =>
      ['get', 'head', 'put', 'post', 'patch', 'delete']
        .map((method) => item[method] as DescribedOperation | undefined)
        .flatMap((operation) =>
          operation === undefined
            ? []
            : Object.keys(operation.responses).map((status) => `${operation.operationId} ${status}`),
        ),
    );
    const unseen = described.filter((answer) => !seenAnswers.has(answer));
    const expected = described.filter((answer) => unprovoked.some(({ status }) => answer.endsWith(` ${status}`)));
    expect(unseen).toEqual(expected);
  });
});
