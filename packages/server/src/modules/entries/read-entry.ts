import type { Entry } from '@larder/cache';
import type { Exchange } from '../../http/exchange.js';
import type { Service } from '../../service.js';
import type { Tenant } from '../tenants/tenant.js';
import { type AskedEntry, answerEntry } from './answer-entry.js';

export interface EntryRead extends AskedEntry {
  readonly tenant: Tenant;
}

/** Answers a GET or HEAD of an entry: at once where memory has it, which spares the commonest request its promises. */
export function readEntry(service: Service, exchange: Exchange, read: EntryRead): Promise<void> | undefined {
  const entry = read.tenant.entries.getEntryNow(read.key);
  if (entry === undefined) return readLate(service, exchange, read);
  answerHit(service, exchange, read, entry);
  return undefined;
}

async function readLate(service: Service, exchange: Exchange, read: EntryRead): Promise<void> {
  const { tenant, key } = read;
  const entry = await tenant.entries.getEntry(key);
  if (entry !== undefined) {
    answerHit(service, exchange, read, entry);
    return;
  }
  tenant.counters.misses++;
  service.keyTypes.miss(key);
  // A miss is everyday life: it is answered without an exception and its stack.
  service.answers.problem(exchange, 'key_not_found', noEntry);
}

function answerHit(service: Service, exchange: Exchange, read: EntryRead, entry: Entry<Uint8Array>): void {
  read.tenant.counters.hits++;
  service.keyTypes.hit(read.key);
  answerEntry(service, exchange, read, entry);
}

export const noEntry = 'There is no live entry under this key.';
