import { randomBytes } from 'node:crypto';
import type { Cache, Millis } from '@larder/cache';

export const webhookEvents = ['expiry', 'quota', 'key-expiry'] as const;

export type WebhookEvent = (typeof webhookEvents)[number];

/** What is kept of a webhook. The secret signs, so it is kept as it is. */
export interface WebhookRecord {
  readonly id: string;
  readonly tenant: string;
  readonly url: string;
  readonly events: readonly WebhookEvent[];
  readonly secret: string;
  readonly createdAt: Millis;
}

/** The webhooks there are, in the control store. */
export interface WebhookRecords {
  get(id: string): Promise<WebhookRecord | undefined>;
  create(record: WebhookRecord): Promise<void>;
  delete(id: string): Promise<boolean>;
  /** In the order of their ids. */
  all(): Promise<readonly WebhookRecord[]>;
}

const prefix = 'webhook/';
/** Found by it without a look at every other record. */
const kind = { record: 'webhook' };

export function createWebhookRecords(control: Cache): WebhookRecords {
  return {
    get: (id) => control.get<WebhookRecord>(prefix + id),
    async create(record) {
      await control.set(prefix + record.id, record, { ttl: 'never', indexes: kind });
    },
    delete: (id) => control.delete(prefix + id),
    async all() {
      const keys = await control.getKeysByIndex('record', kind.record);
      const records = [...(await control.getMany<WebhookRecord>(keys)).values()];
      return records.sort((left, right) => (left.id < right.id ? -1 : 1));
    },
  };
}

export function newWebhookId(): string {
  return `wh_${randomBytes(12).toString('hex')}`;
}
