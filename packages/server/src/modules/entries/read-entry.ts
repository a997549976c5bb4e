import type { Exchange } from '../../http/exchange.js';
import type { Service } from '../../service.js';
import type { Tenant } from '../tenants/tenant.js';
import { answerEntry } from './answer-entry.js';

/** GET and HEAD of an entry. */
export async function readEntry(service: Service, tenant: Tenant, key: string, exchange: Exchange): Promise<void> {
  const { entries, counters } = tenant;
  const entry = await entries.getEntry(key);
  if (entry === undefined) {
    counters.misses++;
    service.keyTypes.miss(key);
    // A miss is everyday life: it is answered without an exception and its stack.
    service.answers.problem(exchange, 'key_not_found', noEntry);
    return;
  }
  counters.hits++;
  service.keyTypes.hit(key);
  answerEntry(service, exchange, key, entry);
}

export const noEntry = 'There is no live entry under this key.';
