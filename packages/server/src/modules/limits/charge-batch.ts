import { Problem } from '../../http/problem.js';
import type { Tenant } from '../tenants/tenant.js';

/**
 * A batch counts each of its operations. The first was counted when the request came.
 *
 * @throws Problem if they are more than what is left: none of them is done or counted
 */
export async function chargeBatch({ gate, traffic }: Tenant, operations: number): Promise<void> {
  if (operations <= 1) return;
  const refusal = await gate?.charge(operations - 1);
  if (refusal !== undefined) {
    gate?.putBack(1);
    traffic.requests--;
    throw new Problem(refusal.code, refusal.detail, refusal.fields);
  }
  traffic.requests += operations - 1;
}
