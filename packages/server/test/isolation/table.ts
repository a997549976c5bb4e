import { METHODS } from 'node:http';
import { addresses, type KnownRoute } from '../../src/http/addresses.js';
import type { Client } from '../support/http-client.js';
import type { Row } from './actor.js';
import { batchRow } from './rows/batch.js';
import { counterRows } from './rows/counters.js';
import { entryRows } from './rows/entries.js';
import { listingRows } from './rows/listings.js';
import { lockRows } from './rows/locks.js';
import { tenancyRows } from './rows/tenancy.js';

/** A row for each call of the API that says something of a tenant, or does something to it. */
export const rows: readonly Row[] = [
  ...entryRows,
  ...counterRows,
  batchRow,
  ...listingRows,
  ...lockRows,
  ...tenancyRows,
];

/** The same for everybody; and the events, which are read all the while. */
const ofNobody: readonly KnownRoute[] = ['livez', 'readyz', 'metrics', 'openapi', 'docs'];
export const eventsCall = 'GET events';

/** What this service serves, as `GET entry`. Some of what is no address or method has a name of its own. */
export async function servedCalls(client: Client): Promise<ReadonlySet<string>> {
  const served = new Set<string>();
  for (const [route, address] of Object.entries(addresses)) {
    const path = address.replaceAll(/\{\w+\}/g, 'absent');
    const allow = (await client.send('OPTIONS', path)).headers.allow;
    for (const method of METHODS) {
      if (allow === undefined || !String(allow).split(', ').includes(method)) continue;
      served.add(`${method} ${route}`);
    }
  }
  const merge = { body: '{}', headers: { 'Content-Type': 'application/merge-patch+json' } };
  if ((await client.send('PATCH', '/v1/cache/absent', merge)).status === 404) served.add('PATCH entry (merge patch)');
  const once = { body: '{}', headers: { 'Content-Type': 'application/json', 'Idempotency-Key': 'probe' } };
  for (let turn = 0; turn < 2; turn++) {
    const { headers } = await client.send('POST', '/v1/cache/probe/increment', once);
    if (headers['idempotency-replayed'] !== undefined) served.add('Idempotency-Key');
  }
  return served;
}

export function rowsFor(served: ReadonlySet<string>): readonly Row[] {
  return rows.filter(({ covers }) => covers.every((call) => served.has(call)));
}

/** Calls without a row. A HEAD is a GET. */
export function uncoveredCalls(served: ReadonlySet<string>): readonly string[] {
  const covered = new Set([eventsCall, ...rows.flatMap(({ covers }) => covers)]);
  return [...served].filter((call) => {
    const [method, route] = call.split(' ') as [string, KnownRoute];
    return !ofNobody.includes(route) && !covered.has(call) && !(method === 'HEAD' && covered.has(`GET ${route}`));
  });
}

export function unservedCalls(served: ReadonlySet<string>): readonly string[] {
  return [...new Set(rows.flatMap(({ covers }) => covers))].filter((call) => !served.has(call));
}
