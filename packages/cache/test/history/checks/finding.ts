import type { History } from '../history.js';
import type { Disturbances } from './disturbances.js';

export type FindingName =
  | 'stale-read'
  | 'outlived'
  | 'invented-value'
  | 'lost-increment'
  | 'one-fence-twice'
  | 'both-loads-stored'
  | 'store-went-back'
  | 'too-slow'
  | 'hung'
  | 'crash';

/** Something that must not be, with what one needs to look into it. */
export interface Finding {
  readonly name: FindingName;
  readonly text: string;
}

/** What a check says of a history. `counted`: what is no promise, and good to know. */
export interface Judgement {
  readonly findings: readonly Finding[];
  readonly counted?: Readonly<Record<string, number>>;
}

export type Check = (history: History, disturbances: Disturbances) => Judgement;
