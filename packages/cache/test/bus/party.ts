import { openBus } from '../../src/bus/bus-link.js';
import type { Bus, BusDoubt, BusFact, BusMember, BusTransport } from '../../src/contracts/bus.js';
import { splitPhysicalKey } from '../../src/keys/namespace.js';
import type { FakeClock } from '../../src/testing/index.js';

/** A process at the bus, which writes down what it is told. */
export interface Party {
  readonly bus: Bus;
  /** What was told of the namespace `:`, as text, doubts among them. */
  readonly heard: string[];
  readonly doubts: { readonly why: BusDoubt; readonly at: number }[];
  readonly facts: BusFact['type'][];
  readonly witnessed: number[];
  /** When all were heard again. */
  readonly caughtUpAt: number[];
}

export interface PartyOptions {
  readonly node?: string;
  readonly heartbeat?: number;
  readonly namesAtMost?: number;
}

export const namespace = ':';

export function openParty(transport: BusTransport, clock: FakeClock, options: PartyOptions = {}): Party {
  const heard: string[] = [];
  const doubts: Party['doubts'] = [];
  const facts: Party['facts'] = [];
  const witnessed: number[] = [];
  const caughtUpAt: number[] = [];
  const bus = openBus({
    transport,
    clock,
    stamp: () => clock.now(),
    witness: (time) => witnessed.push(time),
    onDoubt(why) {
      doubts.push({ why, at: clock.now() });
      heard.push(`doubt: ${why}`);
    },
    onCaughtUp: () => caughtUpAt.push(clock.now()),
    report: ({ type }) => facts.push(type),
    splitKey: splitPhysicalKey,
    ...options,
  });
  bus.join(namespace, memberOf(heard));
  return { bus, heard, doubts, facts, witnessed, caughtUpAt };
}

export function memberOf(heard: string[]): BusMember {
  return {
    changed: (keys) => heard.push(`changed ${keys.join(' ')}`),
    filled: (keys) => heard.push(`filled ${keys.join(' ')}`),
    released: (names) => heard.push(`released ${names.join(' ')}`),
    tagsInvalidated: (tags, time, remove) =>
      heard.push(`${remove ? 'removed' : 'expired'} ${tags.join(' ')} at ${time}`),
    cleared: (time) => heard.push(`cleared at ${time}`),
    message: (channel, message) => heard.push(`message on ${channel}: ${Buffer.from(message)}`),
  };
}

/** Lets all that is ready run: promises, ticks and what they bring about. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets this much time pass, in steps that everybody acts in. */
export async function passes(clock: FakeClock, milliseconds: number, step = 50): Promise<void> {
  await settled();
  for (let left = milliseconds; left > 0; left -= step) {
    clock.advance(Math.min(step, left));
    await settled();
  }
}
