import { openBusEar } from '../bus/bus-ear.js';
import { openBus } from '../bus/bus-link.js';
import { noBus } from '../bus/no-bus.js';
import type { Subscriptions } from '../channels/subscriptions.js';
import type { Bus, BusDoubt, BusFact, BusTransport } from '../contracts/bus.js';
import type { Reporter } from '../contracts/events.js';
import type { Clock } from '../contracts/time.js';
import { splitPhysicalKey } from '../keys/namespace.js';
import type { Doubts } from '../tiers/doubts.js';
import type { Stamps } from './stamps.js';

export interface CacheBusParts {
  readonly transport: BusTransport | undefined;
  readonly namespace: string;
  readonly clock: Clock;
  readonly stamps: Stamps;
  readonly isClockTrusted: () => boolean;
  readonly doubts: Doubts;
  readonly subscriptions: Subscriptions;
  readonly reporter: Reporter;
}

/** The bus of one cache, whose facts become events; the null object without a transport. */
export function openCacheBus(parts: CacheBusParts): Bus {
  const { transport, namespace, clock, isClockTrusted, stamps, doubts, subscriptions, reporter } = parts;
  if (transport === undefined) return noBus;
  const tell = (fact: BusFact) => {
    if (!reporter.listens('bus')) return;
    const error = fact.type === 'publish-failed' ? { error: fact.error } : {};
    reporter.report({ type: 'bus', namespace, transport: transport.name, state: fact.type, ...error });
  };
  const common = {
    transport,
    clock,
    splitKey: splitPhysicalKey,
    report: tell,
    onDoubt(why: BusDoubt) {
      if (doubts.raise(why) && reporter.listens('memory-doubted'))
        reporter.report({ type: 'memory-doubted', namespace, reason: why });
      subscriptions.doubted(why);
    },
    onCaughtUp: () => doubts.caughtUp(),
  };
  if (transport.onlyHears) return openBusEar(common);
  return openBus({
    ...common,
    // A clock that may be minutes off is told to nobody: stamps never step back, and all others would go on from there.
    stamp: () => (isClockTrusted() ? stamps.next() : 0),
    witness: (time) => stamps.witness(time),
  });
}
