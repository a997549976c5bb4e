import { createHash } from 'node:crypto';
import type { ServiceClock } from '../../service.js';

export type Quota = 'daily' | 'storage';

/** Tells those who want to know. The id is the same in every process. */
export type TellQuota = (tenant: string, data: { readonly quota: Quota }, id: string) => Promise<void>;

interface QuotaNoticesParts {
  readonly tell: TellQuota;
  readonly clock: Pick<ServiceClock, 'now'>;
  readonly failed: (error: unknown) => void;
}

const dayMillis = 86_400_000;

/** Says that a tenant has used up a quota: once a day (UTC) and quota, however many requests are refused for it. */
export class QuotaNotices {
  readonly #parts: QuotaNoticesParts;
  #day = 0;
  #told = new Set<string>();

  constructor(parts: QuotaNoticesParts) {
    this.#parts = parts;
  }

  usedUp(tenant: string, quota: Quota): void {
    const { tell, clock, failed } = this.#parts;
    const day = Math.floor(clock.now() / dayMillis);
    if (day !== this.#day) this.#told = new Set();
    this.#day = day;
    const notice = JSON.stringify([tenant, quota, day]);
    if (this.#told.has(notice)) return;
    this.#told.add(notice);
    const id = `quota-${createHash('sha256').update(notice).digest('base64url')}`;
    tell(tenant, { quota }, id).catch((error) => {
      // The next refusal tries again.
      this.#told.delete(notice);
      failed(error);
    });
  }
}
