import { BusError, ClosedError } from '../errors.js';
import { bareFrame } from './frame.js';
import type { FrameHeader } from './frame-layout.js';
import type { Message, Outbox, Outgoing } from './outbox.js';

export interface FrameLaneParts {
  readonly outbox: Outbox;
  /** Fills in the header, the rest of which the lane does not know. */
  readonly stamp: (frame: Buffer, fields: Pick<FrameHeader, 'sequence' | 'epoch' | 'isBye'>) => void;
  readonly publish: (frame: Buffer) => Promise<void>;
  /** See {@link BusConnection.untilNextFrame}. */
  readonly untilNextFrame: () => Promise<void> | undefined;
  /** A frame was refused, the first since one was taken. */
  readonly failing: (error: Error) => void;
  /** Something was dropped; the others will be told so. */
  readonly overflowed: () => void;
}

interface Numbered extends Outgoing {
  readonly sequence: number;
  readonly isBye: boolean;
}

/** A transport that has not answered for so long has refused. Less than it takes the others to notice silence. */
const ticksToFailure = 4;
/** A tick is half a heartbeat, so that frames are at most one heartbeat apart whenever the last one left. */
const ticksToHeartbeat = 2;

/**
 * Sends frames one after the other: numbered, in order, each when the one before has been taken. What is told
 * meanwhile waits in the outbox and makes up the next frames, so that a slow transport gets fewer and fuller ones.
 *
 * A frame that was refused goes out again under its own number, before any other. Had it arrived after all, the others
 * take it for a duplicate; under a new number they would miss the old one.
 */
export class FrameLane {
  readonly #parts: FrameLaneParts;
  #ready: Outgoing[] = [];
  #underWay: Numbered | undefined;
  #refused: Numbered | undefined;
  #isFailing = false;
  #willLeave = false;
  /** What waits is for a later frame, unless somebody waits for it. */
  #isPausing = false;
  #nextSequence = 0;
  #epoch = 0;
  /** The epoch of the last frame that was sent. */
  #toldEpoch = 0;
  #ticksUnderWay = 0;
  #ticksIdle = 0;
  #farewell: (() => void) | undefined;

  constructor(parts: FrameLaneParts) {
    this.#parts = parts;
  }

  /** From a refusal to the next frame that is taken. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  /** Something was put into the outbox. */
  wake(): void {
    if (this.#willLeave || this.#underWay !== undefined) return;
    this.#willLeave = true;
    // When no microtask is left: what a tick tells goes into one frame, however many awaits lie in between.
    process.nextTick(this.#leave);
  }

  /** Lets half a heartbeat pass. */
  tick(): void {
    if (this.#underWay !== undefined) {
      if (++this.#ticksUnderWay < ticksToFailure) return;
      this.#wasRefused(this.#underWay, new BusError('The bus does not answer.'));
    }
    if (++this.#ticksIdle >= ticksToHeartbeat || this.#refused !== undefined) this.sayHello();
  }

  /** Sends what was refused or waits, or else a frame that tells nothing. */
  sayHello(): void {
    if (this.#underWay !== undefined) return;
    this.#send(this.#next() ?? this.#number({ frame: bareFrame(), messages: [] }));
  }

  /** Sends all that waits and then a farewell; resolves when that was taken, or when anything was refused. */
  sayFarewell(): Promise<void> {
    return new Promise((resolve) => {
      this.#farewell = resolve;
      if (this.#refused !== undefined && this.#underWay === undefined) resolve();
      else this.wake();
    });
  }

  /** Nothing is sent any more; whoever still waits for a message is told so. */
  giveUp(): void {
    if (this.#underWay !== undefined) this.#wasRefused(this.#underWay, new ClosedError());
  }

  readonly #leave = (): void => {
    this.#willLeave = false;
    if (this.#underWay !== undefined || this.#refused !== undefined || this.#pauses()) return;
    const next = this.#next() ?? (this.#farewell && this.#number({ frame: bareFrame(), messages: [] }, true));
    if (next !== undefined) this.#send(next);
  };

  /** Nobody waits for news of keys: each goes out soon, and under load with those that come right after it. */
  #pauses(): boolean {
    const { outbox, untilNextFrame } = this.#parts;
    if (this.#farewell !== undefined || !outbox.hasOnlyNews || this.#ready.length > 0) return false;
    if (this.#isPausing) return true;
    const pause = untilNextFrame();
    if (pause === undefined) return false;
    this.#isPausing = true;
    pause.then(() => {
      this.#isPausing = false;
      // The farewell took everything along.
      if (this.#farewell === undefined) this.#leave();
    });
    return true;
  }

  #next(): Numbered | undefined {
    if (this.#refused === undefined && this.#ready.length === 0) this.#ready = this.#parts.outbox.takeFrames();
    if (this.#parts.outbox.takeOverflow()) this.#beginEpoch();
    if (this.#refused !== undefined) return { ...this.#refused, frame: Buffer.from(this.#refused.frame) };
    const outgoing = this.#ready.shift();
    if (outgoing !== undefined) return this.#number(outgoing);
    return this.#epoch > this.#toldEpoch ? this.#number({ frame: bareFrame(), messages: [] }) : undefined;
  }

  /** What was refused may tell less when it goes out again, but never more. */
  #beginEpoch(): void {
    this.#epoch++;
    if (this.#refused !== undefined) {
      this.#refused = { ...this.#refused, frame: bareFrame() };
      this.#ready = [];
    }
    this.#parts.overflowed();
  }

  #number(outgoing: Outgoing, isBye = false): Numbered {
    return { ...outgoing, isBye, sequence: this.#nextSequence++ };
  }

  #send(outgoing: Numbered): void {
    this.#underWay = outgoing;
    this.#ticksUnderWay = 0;
    this.#ticksIdle = 0;
    this.#toldEpoch = this.#epoch;
    const { frame, sequence, isBye } = outgoing;
    this.#parts.stamp(frame, { sequence, epoch: this.#epoch, isBye });
    attempt(this.#parts.publish, frame).then(
      () => this.#wasTaken(outgoing),
      (error) => this.#wasRefused(outgoing, error),
    );
  }

  #wasTaken(outgoing: Numbered): void {
    if (this.#underWay !== outgoing) return;
    this.#underWay = undefined;
    this.#refused = undefined;
    this.#isFailing = false;
    for (const { sent } of outgoing.messages) sent();
    if (outgoing.isBye) this.#farewell?.();
    else this.wake();
  }

  #wasRefused(outgoing: Numbered, error: unknown): void {
    if (this.#underWay !== outgoing) return;
    this.#underWay = undefined;
    const isFirst = !this.#isFailing;
    this.#isFailing = true;
    this.#refused = outgoing.messages.length === 0 ? outgoing : { ...outgoing, frame: bareFrame(), messages: [] };
    const reason = asBusError(error);
    for (const { failed } of [...outgoing.messages, ...this.#takeMessages()]) failed(reason);
    if (isFirst) this.#parts.failing(reason);
    this.#farewell?.();
  }

  /** Nobody shall wait for a transport that fails to have a message sent. */
  #takeMessages(): Message[] {
    const messages = [...this.#ready.flatMap((outgoing) => outgoing.messages), ...this.#parts.outbox.takeMessages()];
    this.#ready = this.#ready.filter((outgoing) => outgoing.messages.length === 0);
    return messages;
  }
}

/** A transport that throws at once, against its contract, refuses like any other. */
async function attempt(publish: (frame: Buffer) => Promise<void>, frame: Buffer): Promise<void> {
  await publish(frame);
}

function asBusError(error: unknown): BusError {
  if (error instanceof BusError) return error;
  return new BusError('The bus cannot be reached: what was published reaches nobody.', { cause: error });
}
