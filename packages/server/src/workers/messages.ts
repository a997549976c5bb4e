/** A worker listens. */
export interface Ready {
  readonly larder: 'ready';
  readonly address: string;
  readonly firstKey: string | undefined;
}

/** A worker wants to know what all of them report. */
export interface Wanted {
  readonly larder: 'wanted';
  readonly id: number;
  readonly subject: string;
  readonly about: string;
}

/** The primary asks a worker for its report. */
export interface Asked {
  readonly larder: 'asked';
  readonly id: number;
  readonly subject: string;
  readonly about: string;
}

/** Its answer. */
export interface Reported {
  readonly larder: 'reported';
  readonly id: number;
  readonly report: string | undefined;
}

/** What the worker wanted to know. */
export interface Collected {
  readonly larder: 'collected';
  readonly id: number;
  readonly reports: readonly string[];
}

export type FromWorker = Ready | Wanted | Reported;
export type ToWorker = Asked | Collected;

/** Other code may send messages of its own between the processes. */
export function isOurs<Message extends FromWorker | ToWorker>(message: unknown): message is Message {
  return typeof message === 'object' && message !== null && 'larder' in message;
}
