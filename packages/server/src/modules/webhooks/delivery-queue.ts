import type { Cache, Millis } from '@larder/cache';

/** What is to be sent, without its body. */
export interface QueuedDelivery {
  readonly id: string;
  readonly attempts: number;
  readonly nextAt: Millis;
}

/** What became of the latest attempt. `reason` is absent where it succeeded. */
export interface DeliveryOutcome {
  readonly at: Millis;
  readonly reason?: string;
}

export interface QueueState {
  /** In the order in which they were told. */
  readonly deliveries: readonly QueuedDelivery[];
  /** Those that found the queue full, or were given up. */
  readonly lost: number;
  readonly latest: DeliveryOutcome | null;
}

export type Enqueued = 'queued' | 'known' | 'full' | 'no-webhook';

/** What waits to be delivered, in the control store: it outlives every process. One record for a webhook, and one a body. */
export interface DeliveryQueue {
  /** To be called when a webhook is made. */
  open(webhook: string): Promise<void>;
  close(webhook: string): Promise<void>;
  add(webhook: string, delivery: { readonly id: string; readonly body: string }, now: Millis): Promise<Enqueued>;
  read(webhook: string): Promise<QueueState | undefined>;
  readMany(webhooks: readonly string[]): Promise<ReadonlyMap<string, QueueState>>;
  body(webhook: string, id: string): Promise<string | undefined>;
  remove(webhook: string, id: string, outcome: DeliveryOutcome, isLost: boolean): Promise<void>;
  postpone(webhook: string, delivery: QueuedDelivery, outcome: DeliveryOutcome): Promise<void>;
}

const empty: QueueState = Object.freeze({ deliveries: [], lost: 0, latest: null });
const queueKey = (webhook: string) => `webhook-queue/${webhook}`;
const bodyKey = (webhook: string, id: string) => `webhook-delivery/${webhook}/${id}`;

/** A body whose process died before it was in the queue is found by nobody. It ends by itself. */
const bodyLife = '7d';

export function createDeliveryQueue(control: Cache, mostQueued = 500): DeliveryQueue {
  const change = (webhook: string, changed: (state: QueueState) => QueueState) =>
    control.update<QueueState>(queueKey(webhook), changed);

  return {
    async open(webhook) {
      await control.add(queueKey(webhook), empty, { ttl: 'never' });
    },
    async close(webhook) {
      const state = await control.get<QueueState>(queueKey(webhook));
      await control.delete(queueKey(webhook));
      await control.deleteMany((state?.deliveries ?? []).map(({ id }) => bodyKey(webhook, id)));
    },
    async add(webhook, { id, body }, now) {
      // First, so that whatever is in the queue has one.
      await control.set(bodyKey(webhook, id), body, { ttl: bodyLife });
      const outcome: { result: Enqueued } = { result: 'no-webhook' };
      await change(webhook, (state) => {
        const { deliveries, lost } = state;
        outcome.result = placeIn(state, id, mostQueued);
        if (outcome.result === 'known') return state;
        if (outcome.result === 'full') return { ...state, lost: lost + 1 };
        return { ...state, deliveries: [...deliveries, { id, attempts: 0, nextAt: now }] };
      });
      const { result } = outcome;
      if (result === 'full' || result === 'no-webhook') await control.delete(bodyKey(webhook, id));
      return result;
    },
    read: (webhook) => control.get<QueueState>(queueKey(webhook)),
    async readMany(webhooks) {
      const found = await control.getMany<QueueState>(webhooks.map(queueKey));
      return new Map(
        webhooks.flatMap((webhook): [string, QueueState][] => {
          const state = found.get(queueKey(webhook));
          return state === undefined ? [] : [[webhook, state]];
        }),
      );
    },
    body: (webhook, id) => control.get<string>(bodyKey(webhook, id)),
    async remove(webhook, id, latest, isLost) {
      await change(webhook, ({ deliveries, lost }) => ({
        deliveries: deliveries.filter((each) => each.id !== id),
        lost: lost + (isLost ? 1 : 0),
        latest,
      }));
      await control.delete(bodyKey(webhook, id));
    },
    async postpone(webhook, delivery, latest) {
      await change(webhook, (state) => ({
        ...state,
        deliveries: state.deliveries.map((each) => (each.id === delivery.id ? delivery : each)),
        latest,
      }));
    },
  };
}

function placeIn({ deliveries }: QueueState, id: string, mostQueued: number): Enqueued {
  if (deliveries.some((each) => each.id === id)) return 'known';
  return deliveries.length < mostQueued ? 'queued' : 'full';
}
