import { METHODS } from 'node:http';
import type { HTTPMethods } from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { api } from '../src/api.js';
import { addresses, type KnownRoute } from '../src/http/addresses.js';
import { errorRegistry, problemCodes } from '../src/http/error-registry.js';
import { routePath } from '../src/http/routed-request.js';
import { allScopes } from '../src/modules/api-keys/scopes.js';
import { beforeOperations, problemsOf } from '../src/modules/openapi/implied.js';
import { type AppInProcess, startApp } from './support/app-in-process.js';

const operations = api.flatMap((group) => group.operations);
const routes = Object.keys(addresses) as KnownRoute[];

describe('the list of operations (api.ts)', () => {
  let app: AppInProcess;
  afterEach(() => app?.close());

  it('has every call that is served, and no other', async () => {
    app = await startApp();
    const served = routes.flatMap((route) =>
      METHODS.filter((method) => app.app.hasRoute({ url: routePath(route), method: method as HTTPMethods })).map(
        (method) => `${method} ${addresses[route]}`,
      ),
    );
    const listed = operations.flatMap(({ method, route }) =>
      (method === 'GET' ? ['GET', 'HEAD'] : [method]).map((name) => `${name} ${addresses[route]}`),
    );
    expect({
      servedButNotInApi: served.filter((call) => !listed.includes(call)),
      inApiButNotServed: listed.filter((call) => !served.includes(call)),
    }).toEqual({ servedButNotInApi: [], inApiButNotServed: [] });
  });

  it('names each operation once, and each call', () => {
    expect(new Set(operations.map(({ id }) => id)).size).toBe(operations.length);
    expect(new Set(operations.map(({ method, route }) => `${method} ${route}`)).size).toBe(operations.length);
  });

  it('knows no scope and no code that does not exist', () => {
    for (const { id, scope } of operations) {
      if (scope !== undefined) expect(allScopes, id).toContain(scope);
    }
    for (const operation of operations) {
      for (const code of problemsOf(operation)) expect(errorRegistry, operation.id).toHaveProperty(code);
    }
  });

  it('says of every code where it comes', () => {
    const described = new Set([...beforeOperations, ...operations.flatMap(problemsOf)]);
    expect(problemCodes.filter((code) => !described.has(code))).toEqual([]);
  });

  it('asks for an API key but where it says that it does not', async () => {
    app = await startApp();
    for (const { id, method, route, isOpen } of operations) {
      const path = addresses[route].replaceAll(/\{\w+\}/g, 'x');
      const { status } = await app.client.send(method, path, { headers: { Authorization: '' } });
      expect([id, status === 401]).toEqual([id, isOpen !== true]);
    }
  });
});
