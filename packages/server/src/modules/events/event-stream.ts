import type { ServerResponse } from 'node:http';
import type { Millis } from '@larder/cache';
import type { Timers } from '../../timers.js';
import type { LogReader } from './event-logs.js';
import { eventText, heartbeatText, idOf, type ReadyEvent } from './event-text.js';
import type { Beginning } from './resume.js';
import { asSeenBy, reset } from './tenant-event.js';

export interface EventStreamParts {
  readonly response: Pick<ServerResponse, 'write' | 'end' | 'destroy' | 'on'>;
  /** Calls a task once the response has ended, or its connection. */
  readonly whenOver: (task: () => void) => void;
  readonly reader: LogReader;
  readonly beginning: Beginning;
  readonly covers: ReadyEvent['covers'];
  /** `undefined`: all keys. */
  readonly reaches: ((key: string) => boolean) | undefined;
  /** Asked at each heartbeat: does the API key still hold? */
  readonly isAllowed: () => Promise<boolean>;
  /** How often something is sent, if only a comment. */
  readonly heartbeat: Millis;
  /** A reader that takes nothing for so long is given up. */
  readonly stallTimeout: Millis;
  readonly timers: Timers;
}

/**
 * One reader's connection. What it has not read yet stays in the log, which all readers share: a connection holds no
 * more than Node takes before it says that it is full, and one event.
 */
export class EventStream {
  readonly #parts: EventStreamParts;
  readonly #unfollow: () => void;
  #position: number;
  #isFull = false;
  #untakenFor = 0;
  #isOver = false;
  #cancelHeartbeat: () => void = () => {};

  constructor(parts: EventStreamParts) {
    const { response, reader, beginning } = parts;
    this.#parts = parts;
    this.#position = beginning.position;
    this.#unfollow = reader.log.follow(() => this.#send());
    response.on('drain', () => {
      this.#isFull = false;
      this.#untakenFor = 0;
      this.#send();
    });
    parts.whenOver(() => this.#over());
    response.on('error', () => this.#over());
    this.#sendBeginning();
    this.#scheduleHeartbeat();
  }

  end(): void {
    if (this.#isOver) return;
    this.#over();
    this.#parts.response.end();
  }

  #sendBeginning(): void {
    const { reader, beginning, covers } = this.#parts;
    const { log } = reader;
    const ready = (number: number) => eventText(idOf(log, number), { type: 'ready', covers });
    // Cut off between the two, the reader comes back with an id that leads to a reset again.
    this.#write(beginning.hasMissed ? ready(0) + eventText(idOf(log, this.#position), reset) : ready(this.#position));
    this.#send();
  }

  /** As much as the connection takes. */
  #send(): void {
    const { reader, reaches } = this.#parts;
    const { log } = reader;
    while (!this.#isFull && !this.#isOver && this.#position < log.last) {
      if (!log.isKnown(this.#position)) {
        this.#endOvertaken();
        return;
      }
      const event = log.at(++this.#position);
      const seen = event && asSeenBy(event, reaches);
      if (seen !== undefined) this.#write(eventText(idOf(log, this.#position), seen));
    }
  }

  /** It read so slowly that what it would read next is here no more. */
  #endOvertaken(): void {
    const { log } = this.#parts.reader;
    this.#write(eventText(idOf(log, log.last), reset));
    this.end();
  }

  #write(text: string): void {
    this.#isFull = !this.#parts.response.write(text);
  }

  #scheduleHeartbeat(): void {
    const { timers, heartbeat } = this.#parts;
    this.#cancelHeartbeat = timers.schedule(() => void this.#beat(), heartbeat);
  }

  async #beat(): Promise<void> {
    const { isAllowed, heartbeat, stallTimeout, response } = this.#parts;
    if (this.#isFull) this.#untakenFor += heartbeat;
    if (this.#untakenFor >= stallTimeout) {
      this.#over();
      response.destroy();
      return;
    }
    if (!this.#isFull) this.#write(heartbeatText);
    if (!(await isAllowed())) this.end();
    if (!this.#isOver) this.#scheduleHeartbeat();
  }

  #over(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelHeartbeat();
    this.#unfollow();
    this.#parts.reader.leave();
  }
}
