import { randomBytes } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { type Cache, LarderError, type Millis } from '@larder/cache';
import { errorFields, type Logger } from '../../logger.js';
import type { Timers } from '../../timers.js';
import type { ApiKeyRecords } from '../api-keys/api-key-records.js';
import { createDeliveryQueue, type DeliveryQueue } from './delivery-queue.js';
import { createDeliveryWorker } from './delivery-worker.js';
import type { ResolveHost } from './destination.js';
import { createExpiryBatches } from './expiry-batches.js';
import { tellOfKeyExpiry } from './key-expiry-watch.js';
import { sendDelivery } from './send-delivery.js';
import { createWebhookDirectory } from './webhook-directory.js';
import { createWebhookRecords, type WebhookEvent, type WebhookRecord, type WebhookRecords } from './webhook-records.js';
import type { DestinationRules } from './webhook-url.js';

export interface WebhooksParts {
  readonly control: Cache;
  readonly apiKeyRecords: Pick<ApiKeyRecords, 'ofTenant'>;
  readonly clock: { readonly now: () => Millis };
  readonly timers: Timers;
  readonly logger: Logger;
  /** The ends of all entries are told. */
  readonly tellsExpiry: boolean;
  /** For development. */
  readonly allowsLoopback: boolean;
  readonly resolve?: ResolveHost;
  /** Certificates to trust besides the usual ones; for tests. */
  readonly ca?: string;
  readonly timeout?: Millis;
  readonly random?: () => number;
}

/** Tells the programs of others what happens to a tenant. */
export interface Webhooks {
  readonly records: WebhookRecords;
  readonly queue: DeliveryQueue;
  readonly rules: DestinationRules;
  readonly tellsExpiry: boolean;
  add(record: WebhookRecord): Promise<void>;
  remove(id: string): Promise<void>;
  removeOf(tenant: string): Promise<void>;
  /** Resolves once every webhook that wants it has it in its queue, which outlives this process. */
  tell(tenant: string, event: WebhookEvent, data: unknown, id?: string): Promise<void>;
  /** Entries have ended. Returns at once. */
  expired(tenant: string, keys: readonly string[]): void;
  start(): Promise<void>;
  close(): Promise<void>;
}

/** How soon a process knows of webhooks that others made, and takes over what one left that died. */
const lookPause: Millis = 10_000;
const keyExpiryPause: Millis = 60_000;
const attemptTimeout: Millis = 10_000;

const resolveBySystem: ResolveHost = async (host) =>
  (await lookup(host, { all: true, verbatim: false })).map(({ address }) => address);

export function createWebhooks(parts: WebhooksParts): Webhooks {
  const { control, apiKeyRecords, clock, timers, logger, tellsExpiry, allowsLoopback, random = Math.random } = parts;
  const rules: DestinationRules = { resolve: parts.resolve ?? resolveBySystem, allowsLoopback };
  const records = createWebhookRecords(control);
  const queue = createDeliveryQueue(control);
  const directory = createWebhookDirectory();
  const now = () => clock.now();
  const failed = (error: unknown) => logger.error('webhooks failed', errorFields(error));
  const { timeout = attemptTimeout, ca } = parts;
  const transport = { ...rules, now, timers, timeout, ...(ca === undefined ? {} : { ca }) };
  const worker = createDeliveryWorker({
    ...{ control, timers, records, queue, now, random, failed },
    send: (posting) => sendDelivery(posting, transport),
    gaveUp: (webhook, reason) => logger.warn('a webhook delivery was given up', { webhook, reason }),
  });
  const batches = createExpiryBatches({
    timers,
    failed,
    isWanted: (tenant) => directory.of(tenant, 'expiry').length > 0,
    tell: (tenant, keys, id) => tell(tenant, 'expiry', { keys }, id),
    newId: newEventId,
    lost: (keys) => logger.warn('expiries were not told to webhooks', { keys }),
  });
  const cancels = new Map<() => void, () => void>();
  let isClosed = false;

  async function tell(tenant: string, event: WebhookEvent, data: unknown, id = newEventId()): Promise<void> {
    const body = JSON.stringify({ id, type: event, tenant, createdAt: new Date(now()).toISOString(), data });
    for (const webhook of directory.of(tenant, event)) {
      const result = await queue.add(webhook.id, { id, body }, now());
      if (result === 'queued') worker.wake(webhook.id);
      else if (result === 'full') logger.warn('a webhook has too many deliveries waiting', { webhook: webhook.id });
    }
  }

  async function remove(id: string): Promise<void> {
    directory.remove(id);
    await queue.close(id);
    await records.delete(id);
  }

  /** A store that finds no records by their terms has never taken one. */
  const allRecords = () =>
    records.all().catch((error): readonly WebhookRecord[] => {
      if (error instanceof LarderError && error.code === 'LARDER_UNSUPPORTED_BY_STORE') return [];
      throw error;
    });

  async function look(): Promise<void> {
    directory.set(await allRecords());
    const due = await queue.readMany(directory.ids());
    for (const [webhook, { deliveries }] of due) {
      if (deliveries.some(({ nextAt }) => nextAt <= now())) worker.wake(webhook);
    }
  }

  const watchKeys = () =>
    tellOfKeyExpiry(directory.tenantsWith('key-expiry'), {
      ...{ control, apiKeyRecords, now },
      tell: (tenant, data, id) => tell(tenant, 'key-expiry', data, id),
    });

  /** Again and again, with a pause that no two processes have alike. */
  function repeat(work: () => Promise<void>, pause: Millis): void {
    if (isClosed) return;
    const cancel = timers.schedule(
      () => {
        cancels.delete(work);
        work()
          .catch(failed)
          .then(() => repeat(work, pause));
      },
      pause * (0.8 + random() * 0.4),
    );
    cancels.set(work, cancel);
  }

  return {
    records,
    queue,
    rules,
    tellsExpiry,
    async add(record) {
      // First, so that a webhook that can be seen can be told.
      await queue.open(record.id);
      await records.create(record);
      directory.add(record);
    },
    remove,
    async removeOf(tenant) {
      for (const record of await allRecords()) if (record.tenant === tenant) await remove(record.id);
    },
    tell,
    expired: batches.expired,
    async start() {
      await look();
      repeat(look, lookPause);
      repeat(watchKeys, keyExpiryPause);
    },
    async close() {
      isClosed = true;
      for (const cancel of cancels.values()) cancel();
      await batches.close();
      await worker.close();
    },
  };
}

function newEventId(): string {
  return `evt_${randomBytes(12).toString('hex')}`;
}
