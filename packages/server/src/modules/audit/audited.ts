import type { FastifyRequest } from 'fastify';
import { Problem } from '../../http/problem.js';
import type { AuditAction, AuditTarget } from './audit-actions.js';
import type { AuditLog } from './audit-log.js';

/**
 * Does what an admin asked for, and leaves a record of it.
 *
 * The record is written first. If that fails, its error is the answer and nothing has happened: no change is ever
 * without a record, whatever fails, and a full or broken store cannot be used to hide one. The price is a record of
 * something that may not have happened, where the process or the store died in between. Written after the change, it
 * would be the other way round.
 *
 * A refusal (a `Problem`, such as an id that is taken) has changed nothing, and its record is taken back as well as may
 * be. Any other failure may come from a store that did the change and could not say so: that record stays.
 */
export async function audited<Result>(
  log: AuditLog,
  { caller, id: requestId }: Pick<FastifyRequest, 'caller' | 'id'>,
  action: AuditAction,
  target: AuditTarget,
  change: () => Promise<Result>,
): Promise<Result> {
  const actor = { tenant: caller.tenant.id, keyId: caller.keyId };
  const record = await log.add({ actor, action, target, requestId });
  try {
    return await change();
  } catch (error) {
    if (error instanceof Problem) await log.withdraw(record).catch(() => {});
    throw error;
  }
}
