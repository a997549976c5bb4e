import type { Millis } from '../contracts/time.js';
import { FrameWriter } from './frame-writer.js';

/** A message of a user, who waits to learn whether it was sent. */
export interface Message {
  readonly namespace: string;
  readonly channel: string;
  readonly bytes: Uint8Array;
  readonly sent: () => void;
  readonly failed: (error: Error) => void;
}

/** A frame without its header. */
export interface Outgoing {
  readonly frame: Buffer;
  /** What is in it that must not be sent twice. */
  readonly messages: readonly Message[];
}

/** What waits to be told of one namespace. */
interface Told {
  readonly changed: string[];
  readonly filled: string[];
  readonly released: string[];
  invalidated: { readonly tags: readonly string[]; readonly time: Millis; readonly remove: boolean }[];
  clearedAt: Millis;
}

/** Of more than this only a new epoch is told, and everybody looks into the store. */
const namesAtMost = 50_000;
const messageBytesAtMost = 8 * 1_024 * 1_024;
/** Namespaces whose empty arrays are kept for the next tick. */
const namespacesKept = 64;

/**
 * What was told since the last frame left. Telling is on the way of every write, and so no more than a push into an
 * array; keys that were told twice are found when a frame is made.
 */
export class Outbox {
  readonly #told = new Map<string, Told>();
  readonly #namesAtMost: number;
  #names = 0;
  #lastNamespace: string | undefined;
  #last: Told = nothingTold();
  #messages: Message[] = [];
  #messageBytes = 0;
  #hasOverflowed = false;

  constructor(atMost: number = namesAtMost) {
    this.#namesAtMost = atMost;
  }

  changed(namespace: string, keys: readonly string[]): void {
    this.#push(this.#of(namespace).changed, keys);
  }

  filled(namespace: string, keys: readonly string[]): void {
    this.#push(this.#of(namespace).filled, keys);
  }

  released(namespace: string, names: readonly string[]): void {
    this.#push(this.#of(namespace).released, names);
  }

  tagsInvalidated(namespace: string, tags: readonly string[], time: Millis, remove: boolean): void {
    this.#of(namespace).invalidated.push({ tags: [...tags], time, remove });
    this.#count(tags.length);
  }

  cleared(namespace: string, time: Millis): void {
    const told = this.#of(namespace);
    told.clearedAt = Math.max(told.clearedAt, time);
    this.#count(1);
  }

  /** False if too much waits already. */
  message(message: Message): boolean {
    if (this.#messageBytes + message.bytes.length > messageBytesAtMost) return false;
    this.#messageBytes += message.bytes.length;
    this.#messages.push(message);
    return true;
  }

  /** There is news of keys, and neither a message nor a loss, of which others must hear at once. */
  get hasOnlyNews(): boolean {
    return this.#names > 0 && this.#messages.length === 0 && !this.#hasOverflowed;
  }

  /** Was anything dropped since this was asked last? */
  takeOverflow(): boolean {
    const hasOverflowed = this.#hasOverflowed;
    this.#hasOverflowed = false;
    return hasOverflowed;
  }

  /** Everything that waits, as frames: messages after what was told before them. */
  takeFrames(): Outgoing[] {
    const writer = new FrameWriter();
    for (const [namespace, told] of this.#told) {
      if (!writeTold(writer, namespace, told)) this.#hasOverflowed = true;
    }
    this.#forgetTold();
    const outgoing: Outgoing[] = writer.take().map((frame) => ({ frame, messages: [] }));
    if (this.#messages.length > 0) outgoing.push(...framesOfMessages(writer, this.takeMessages()));
    return outgoing;
  }

  takeMessages(): Message[] {
    const messages = this.#messages;
    this.#messages = [];
    this.#messageBytes = 0;
    return messages;
  }

  #of(namespace: string): Told {
    if (namespace === this.#lastNamespace) return this.#last;
    let told = this.#told.get(namespace);
    if (told === undefined) {
      told = nothingTold();
      this.#told.set(namespace, told);
    }
    this.#lastNamespace = namespace;
    this.#last = told;
    return told;
  }

  #push(names: string[], added: readonly string[]): void {
    for (let at = 0; at < added.length; at++) names.push(added[at] as string);
    this.#count(added.length);
  }

  #count(added: number): void {
    this.#names += added;
    if (this.#names > this.#namesAtMost) this.#shrink();
  }

  /** What half the room does not suffice for goes, so that this is not done again soon. */
  #shrink(): void {
    this.#names = 0;
    for (const told of this.#told.values()) {
      for (const names of [told.changed, told.filled, told.released]) this.#names += keepDistinct(names);
      for (const { tags } of told.invalidated) this.#names += tags.length;
    }
    if (this.#names <= this.#namesAtMost / 2) return;
    this.#forgetTold();
    this.#hasOverflowed = true;
  }

  #forgetTold(): void {
    if (this.#told.size > namespacesKept) {
      this.#told.clear();
      this.#lastNamespace = undefined;
    }
    for (const told of this.#told.values()) forget(told);
    this.#names = 0;
  }
}

function nothingTold(): Told {
  return { changed: [], filled: [], released: [], invalidated: [], clearedAt: -1 };
}

function forget(told: Told): void {
  told.changed.length = 0;
  told.filled.length = 0;
  told.released.length = 0;
  told.invalidated = [];
  told.clearedAt = -1;
}

function keepDistinct(names: string[]): number {
  const distinct = new Set(names);
  names.length = 0;
  for (const name of distinct) names.push(name);
  return names.length;
}

/** Answers whether all of it fits into frames. */
function writeTold(writer: FrameWriter, namespace: string, told: Told): boolean {
  const { changed, filled, released, invalidated, clearedAt } = told;
  let fits = clearedAt < 0 || writer.cleared(namespace, clearedAt);
  for (const { tags, time, remove } of invalidated) {
    fits = writer.tagsInvalidated(namespace, tags, time, remove) && fits;
  }
  const distinct: Iterable<string> = changed.length > 1 ? new Set(changed) : changed;
  fits = writer.names('changed', namespace, distinct) && fits;
  if (filled.length > 0) fits = writer.names('filled', namespace, without(filled, changed)) && fits;
  return writer.names('released', namespace, new Set(released)) && fits;
}

/** A key that was both changed and filled was changed: what was filled may have been overwritten. */
function without(filled: readonly string[], changed: readonly string[]): Iterable<string> {
  const distinct = new Set(filled);
  for (const key of changed) distinct.delete(key);
  return distinct;
}

function framesOfMessages(writer: FrameWriter, messages: readonly Message[]): Outgoing[] {
  const inFrame: Message[][] = [];
  for (const message of messages) {
    writer.message(message.namespace, message.channel, message.bytes);
    const others = inFrame[writer.framesBefore];
    if (others === undefined) inFrame[writer.framesBefore] = [message];
    else others.push(message);
  }
  return writer.take().map((frame, at) => ({ frame, messages: inFrame[at] ?? [] }));
}
