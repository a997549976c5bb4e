import type { Clock } from '@larder/cache';
import type { Answers } from './http/answers.js';
import type { LateDenials } from './http/late-denials.js';
import type { Lifecycle } from './lifecycle.js';
import type { Limits } from './limits.js';
import type { Logger } from './logger.js';
import type { KeyTypeCounts } from './modules/stats/key-types.js';
import type { Traffic } from './modules/stats/traffic.js';
import type { Reports } from './workers/reports.js';

export type ServiceClock = Pick<Clock, 'now' | 'schedule'>;

/** What the modules share. Each takes from it what it needs. */
export interface Service {
  readonly answers: Answers;
  readonly clock: ServiceClock;
  readonly keyTypes: KeyTypeCounts;
  readonly lateDenials: LateDenials;
  readonly lifecycle: Lifecycle;
  readonly limits: Limits;
  readonly logger: Logger;
  /** What all processes of this service say together. */
  readonly reports: Reports;
  readonly traffic: Traffic;
}
