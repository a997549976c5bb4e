import type { Clock } from '@larder/cache';

/** Where "later" comes from. */
export type Timers = Pick<Clock, 'schedule'>;
