import type { Millis } from '@larder/cache';
import { closedObject, type JsonSchema } from '../../http/body-schema.js';
import { etagSchema, remainingTtlSchema } from '../../http/common-parameters.js';
import { entityTag, unconditional } from '../../http/conditional.js';
import { errorRegistry, problemCodes } from '../../http/error-registry.js';
import type { Problem } from '../../http/problem.js';
import type { Service } from '../../service.js';
import { type Caller, requireReach, requireScope } from '../api-keys/caller.js';
import type { Scope } from '../api-keys/scopes.js';
import { deleteEntry } from '../entries/delete-entry.js';
import { entryDocument, entryMembers, oneValueOf } from '../entries/entry-document.js';
import type { EntryDocuments } from '../entries/entry-documents.js';
import type { EntryWrite } from '../entries/entry-write.js';
import { incrementEntry } from '../entries/increment-entry.js';
import { noEntry } from '../entries/read-entry.js';
import { touchEntry } from '../entries/touch-entry.js';
import { writeEntry } from '../entries/write-entry.js';
import type { Tenant } from '../tenants/tenant.js';
import type { Operation } from './operations.js';

export interface OperationParts extends Pick<Service, 'clock' | 'keyTypes' | 'limits'> {
  readonly documents: EntryDocuments;
}

type ReadParts = Pick<Service, 'clock' | 'keyTypes'>;

const scopes: Readonly<Record<Operation['op'], Scope>> = {
  get: 'cache:read',
  exists: 'cache:read',
  set: 'cache:write',
  add: 'cache:write',
  touch: 'cache:write',
  increment: 'cache:write',
  delete: 'cache:delete',
};

const status = (...statuses: readonly number[]): JsonSchema => ({ type: 'integer', enum: statuses });

/** What results look like, in JSON Schema: of reads, of the other operations, and of what was refused. */
export const resultSchema: JsonSchema = {
  anyOf: [
    closedObject({ status: status(200), ...entryMembers }, oneValueOf),
    closedObject({ status: status(200), exists: { type: 'boolean' } }),
    closedObject({ status: status(200), value: { type: 'integer' } }),
    closedObject({ status: status(200, 201, 204), etag: etagSchema, ttl: remainingTtlSchema }),
    closedObject({ status: status(204), deleted: { type: 'boolean' } }),
    closedObject({
      status: { type: 'integer', minimum: 400 },
      code: { type: 'string', enum: problemCodes },
      detail: { type: 'string' },
      retryable: { type: 'boolean' },
    }),
  ],
};

/**
 * The result of one operation as JSON text: `status` is what the same call alone would have been answered with. At once for
 * a read of what memory has: a promise for each would be a third of what a batch of reads takes.
 */
export function runOperation(
  service: OperationParts,
  caller: Caller,
  operation: Operation,
  now: Millis,
): string | Promise<string> {
  requireScope(caller, scopes[operation.op]);
  requireReach(caller, operation.key);
  const { tenant } = caller;
  if (operation.op !== 'get') return runOther(service, tenant, operation);
  const { key } = operation;
  const entry = tenant.entries.getEntryNow(key);
  if (entry === undefined) return readLate(service, tenant, key);
  countHit(service, tenant, key);
  return `{"status":200,${service.documents.membersOf(key, entry, now)}}`;
}

async function readLate(service: ReadParts, tenant: Tenant, key: string): Promise<string> {
  const entry = await tenant.entries.getEntry(key);
  if (entry !== undefined) {
    countHit(service, tenant, key);
    return `{"status":200,${entryDocument(key, entry, service.clock.now()).slice(1)}`;
  }
  tenant.counters.misses++;
  service.keyTypes.miss(key);
  return missing;
}

function countHit({ keyTypes }: Pick<Service, 'keyTypes'>, { counters }: Tenant, key: string): void {
  counters.hits++;
  keyTypes.hit(key);
}

async function runOther(
  { limits }: Pick<Service, 'limits'>,
  tenant: Tenant,
  operation: Exclude<Operation, { readonly op: 'get' }>,
): Promise<string> {
  const { op, key } = operation;
  switch (op) {
    case 'exists':
      return result(200, { exists: await tenant.entries.has(key) });
    case 'delete':
      return result(204, { deleted: await deleteEntry(tenant, key, unconditional, limits.writeAttempts) });
    case 'touch': {
      const version = await touchEntry(tenant, key, operation, unconditional, limits.writeAttempts);
      return version === undefined ? missing : result(200, { etag: entityTag(version), ttl: operation.ttlSeconds });
    }
    case 'increment':
      return result(200, { value: await incrementEntry(tenant, key, operation.increment, limits.writeAttempts) });
    case 'set':
    case 'add':
      return write(tenant, key, operation.write);
  }

  async function write(writer: Tenant, entryKey: string, entryWrite: EntryWrite): Promise<string> {
    const { created, version } = await writeEntry(writer, entryKey, entryWrite, limits.writeAttempts);
    const ttl = entryWrite.ttlSeconds ?? writer.defaultTtlSeconds;
    return result(created ? 201 : 204, { etag: entityTag(version), ttl });
  }
}

/** The result of an operation that was refused. */
export function refusedOperation({ code, message }: Problem): string {
  const { status: refused, retryable } = errorRegistry[code];
  return result(refused, { code, detail: message, retryable });
}

const missing = result(404, { code: 'key_not_found', detail: noEntry, retryable: false });

function result(outcome: number, members: object): string {
  return JSON.stringify({ status: outcome, ...members });
}
