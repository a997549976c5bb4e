import type { BusConnection, BusListener, BusTransport } from '../../../../src/contracts/bus.js';

export const later = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Resolves when `check` holds, and rejects if it never does. */
export async function until(check: () => unknown, what: string, milliseconds = 15_000): Promise<void> {
  for (const end = Date.now() + milliseconds; Date.now() < end; ) {
    if (await check()) return;
    await later(10);
  }
  throw new Error(`It did not happen: ${what}.`);
}

/** A listener that writes down what it is told. */
export class Told implements BusListener {
  readonly facts: string[] = [];
  readonly written: string[] = [];
  readonly connection: BusConnection;

  constructor(bus: BusTransport | undefined) {
    if (bus === undefined) throw new Error('The store has no bus.');
    this.connection = bus.open(this);
  }

  received(frame: Uint8Array): void {
    this.facts.push(Buffer.from(frame).toString());
  }

  connected(): void {
    this.facts.push('connected');
  }

  disconnected(): void {
    this.facts.push('disconnected');
  }

  storeWrote(keys: readonly string[]): void {
    this.written.push(...keys);
  }

  publish(text: string): Promise<void> {
    return this.connection.publish(Buffer.from(text));
  }

  times(fact: string): number {
    return this.facts.filter((each) => each === fact).length;
  }

  hears(fact: string, times = 1): Promise<void> {
    return until(() => this.times(fact) >= times, `to hear ${fact} ${times} times (heard: ${this.facts.join(', ')})`);
  }

  hearsOfWrite(key: string): Promise<void> {
    return until(() => this.written.includes(key), `to hear of a write of ${key}`, 5_000);
  }
}

/** Resolves when what one publishes comes to the other. */
export async function untilFramesFlow(from: Told, to: Told, text: string): Promise<void> {
  await until(async () => {
    await from.publish(text).catch(() => {});
    await later(20);
    return to.times(text) > 0;
  }, `frames flow (${text})`);
}
