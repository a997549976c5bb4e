import type { Millis } from '@larder/cache';
import type { DeliveryQueue, QueuedDelivery } from './delivery-queue.js';
import { pauseAfter } from './retry-schedule.js';
import type { Posting, PostResult } from './send-delivery.js';
import type { WebhookRecords } from './webhook-records.js';

export interface DeliveryPassParts {
  readonly records: Pick<WebhookRecords, 'get'>;
  readonly queue: DeliveryQueue;
  readonly send: (posting: Posting) => Promise<PostResult>;
  readonly now: () => Millis;
  readonly random: () => number;
  readonly gaveUp: (webhook: string, reason: string) => void;
}

/** A webhook that fails so often in a row is left alone for a moment, whatever else waits for it. */
const failuresToPause = 5;
const shortPause: Millis = 5_000;

/**
 * Sends what is due for one webhook, oldest first, one after the other. Only who has the lease of the webhook may call
 * it. Answers in how many milliseconds there is more to do; `undefined` if nothing waits.
 */
export async function deliverAllDue(
  webhook: string,
  signal: AbortSignal,
  parts: DeliveryPassParts,
): Promise<Millis | undefined> {
  const { records, queue, now } = parts;
  let failures = 0;
  while (!signal.aborted) {
    const record = await records.get(webhook);
    const state = await queue.read(webhook);
    if (record === undefined || state === undefined || state.deliveries.length === 0) return undefined;
    const due = state.deliveries.find(({ nextAt }) => nextAt <= now());
    if (due === undefined) return Math.max(0, Math.min(...state.deliveries.map(({ nextAt }) => nextAt)) - now());
    if (failures >= failuresToPause) return shortPause;
    const result = await attempt(record, due, signal, parts);
    if (result === 'failed') failures++;
    else if (result === 'delivered') failures = 0;
  }
  return undefined;
}

async function attempt(
  { id, url, secret }: { readonly id: string; readonly url: string; readonly secret: string },
  delivery: QueuedDelivery,
  signal: AbortSignal,
  { queue, send, now, random, gaveUp }: DeliveryPassParts,
): Promise<'delivered' | 'failed' | 'given-up' | 'aborted'> {
  const body = await queue.body(id, delivery.id);
  if (body === undefined) {
    await queue.remove(id, delivery.id, { at: now(), reason: 'it had waited for too long' }, true);
    return 'given-up';
  }
  const result = await send({ url, secret, body, attempts: delivery.attempts, signal });
  if (result.ok) {
    await queue.remove(id, delivery.id, { at: now() }, false);
    return 'delivered';
  }
  // Whoever has the lease next sends it again.
  if (signal.aborted) return 'aborted';
  const { reason } = result;
  const attempts = delivery.attempts + 1;
  const pause = pauseAfter(attempts, random);
  if (pause === undefined) {
    await queue.remove(id, delivery.id, { at: now(), reason }, true);
    gaveUp(id, reason);
    return 'given-up';
  }
  await queue.postpone(id, { id: delivery.id, attempts, nextAt: now() + pause }, { at: now(), reason });
  return 'failed';
}
