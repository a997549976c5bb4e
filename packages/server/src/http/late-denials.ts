import type { ServerResponse } from 'node:http';
import type { Millis } from '@larder/cache';

/** Answers to those who are told again and again that they send too much. */
export interface LateDenials {
  /**
   * Calls `answer` when the denial is to be answered: at once where it is one of a few, else after a while.
   *
   * @param whom - who is denied: each is looked at by itself
   */
  deny(whom: object, response: Pick<ServerResponse, 'socket' | 'once'>, answer: () => void): void;
}

export interface LateDenialsParts {
  /** By a clock that never steps. */
  readonly now: () => Millis;
  readonly schedule: (task: () => void, delay: Millis) => unknown;
}

/** So many within the window are answered at once. */
const answeredAtOnce = 10;
const window = 1_000;
const shortestDelay = 50;
/** About as long as those wait who go on, however many they are. */
const longestDelay = 2_000;
/** Between two late answers, whomever they are for. */
const spacing = 4;

interface Denied {
  windowEnd: Millis;
  count: number;
}

/**
 * Who waits for an answer sends nothing meanwhile, so a flood slows itself down. Late answers leave one after the other
 * and not in bursts, so that others wait for one of them at the most; a flood on 500 connections is answered no more often
 * than one on 50. As many wait as there are connections that flood, one on each.
 */
export function createLateDenials({ now, schedule }: LateDenialsParts): LateDenials {
  const denied = new WeakMap<object, Denied>();
  let last = Number.NEGATIVE_INFINITY;
  let waiting = 0;

  function isOften(whom: object): boolean {
    const time = now();
    const before = denied.get(whom);
    if (before !== undefined && time < before.windowEnd) return ++before.count > answeredAtOnce;
    // Who was denied often until a moment ago still is.
    const goesOn = before !== undefined && before.count > answeredAtOnce && time < before.windowEnd + window;
    denied.set(whom, { windowEnd: time + window, count: goesOn ? answeredAtOnce + 1 : 1 });
    return goesOn;
  }

  function answerLate(answer: () => void): void {
    const time = now();
    last = Math.max(time + shortestDelay, last + Math.min(spacing, longestDelay / ++waiting));
    schedule(() => {
      waiting--;
      answer();
    }, last - time);
  }

  return {
    deny(whom, response, answer) {
      if (!isOften(whom)) answer();
      else if (response.socket !== null) answerLate(answer);
      // Its delay begins when it is next on its connection. Else a client that sends requests ahead would not be slowed.
      else response.once('socket', () => answerLate(answer));
    },
  };
}
