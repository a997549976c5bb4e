import type { WebhookEvent, WebhookRecord } from './webhook-records.js';

/** The webhooks as they were read last: nobody is asked who wants to be told when something happens. */
export interface WebhookDirectory {
  set(records: readonly WebhookRecord[]): void;
  add(record: WebhookRecord): void;
  remove(id: string): void;
  ids(): readonly string[];
  /** Those of a tenant that want to be told of such events. */
  of(tenant: string, event: WebhookEvent): readonly WebhookRecord[];
  /** The tenants some of whose webhooks do. */
  tenantsWith(event: WebhookEvent): readonly string[];
}

export function createWebhookDirectory(): WebhookDirectory {
  let records: readonly WebhookRecord[] = [];
  return {
    set(read) {
      records = read;
    },
    add(record) {
      records = [...records, record];
    },
    remove(id) {
      records = records.filter((each) => each.id !== id);
    },
    ids: () => records.map(({ id }) => id),
    of: (tenant, event) => records.filter((each) => each.tenant === tenant && each.events.includes(event)),
    tenantsWith: (event) => [
      ...new Set(records.filter(({ events }) => events.includes(event)).map(({ tenant }) => tenant)),
    ],
  };
}
