import { describe, expect, it } from 'vitest';
import type { TierResult } from '../../src/contracts/tier.js';
import { TickBatch } from '../../src/tiers/tick-batch.js';

function recordedBatch(answer: (items: readonly string[]) => TierResult<string[]>, isAnswering = () => true) {
  const asked: (readonly string[])[] = [];
  const batch = new TickBatch<string, string>({
    isAnswering,
    async askAll(items) {
      asked.push(items);
      return answer(items);
    },
  });
  return { asked, batch };
}

const upper = (items: readonly string[]): TierResult<string[]> => ({
  ok: true,
  value: items.map((item) => item.toUpperCase()),
});

describe('TickBatch', () => {
  it('asks once for what was asked within a tick, and gives each its own answer', async () => {
    const { asked, batch } = recordedBatch(upper);
    const answers = await Promise.all([batch.ask('a'), batch.ask('b'), batch.ask('a')]);
    expect(answers).toEqual([
      { ok: true, value: 'A' },
      { ok: true, value: 'B' },
      { ok: true, value: 'A' },
    ]);
    expect(asked).toEqual([['a', 'b', 'a']]);
  });

  it('takes along who asks after any number of awaits', async () => {
    const { asked, batch } = recordedBatch(upper);
    const late = async (awaits: number) => {
      for (let at = 0; at < awaits; at++) await undefined;
      return batch.ask(`after ${awaits}`);
    };
    await Promise.all([late(0), late(1), late(20)]);
    expect(asked).toEqual([['after 0', 'after 1', 'after 20']]);
  });

  it('starts anew for whoever asks while an answer is awaited', async () => {
    const { asked, batch } = recordedBatch(upper);
    await batch.ask('a').then(() => Promise.all([batch.ask('b'), batch.ask('c')]));
    expect(asked).toEqual([['a'], ['b', 'c']]);
  });

  it('gives a failure to all that it concerns, and to nobody after them', async () => {
    const error = new Error('away');
    let isAway = true;
    const { batch } = recordedBatch((items) => (isAway ? { ok: false, error } : upper(items)));
    const failure = { ok: false, error };
    expect(await Promise.all([batch.ask('a'), batch.ask('b')])).toEqual([failure, failure]);
    isAway = false;
    expect(await batch.ask('a')).toEqual({ ok: true, value: 'A' });
  });

  it('keeps two batches under way once many callers ask again and again', async () => {
    const asked: number[] = [];
    let underWay = 0;
    let mostUnderWay = 0;
    const batch = new TickBatch<number, number>({
      isAnswering: () => true,
      async askAll(items) {
        asked.push(items.length);
        mostUnderWay = Math.max(mostUnderWay, ++underWay);
        await new Promise(setImmediate);
        underWay--;
        return { ok: true, value: [...items] };
      },
    });
    const caller = async (number: number) => {
      for (let time = 0; time < 5; time++) expect(await batch.ask(number)).toEqual({ ok: true, value: number });
    };
    await Promise.all(Array.from({ length: 64 }, (_, number) => caller(number)));
    expect(asked[0]).toBe(64);
    expect(new Set(asked.slice(1))).toEqual(new Set([32]));
    expect(mostUnderWay).toBe(2);
  });

  it('lets each ask for itself while the store does not answer', async () => {
    const { asked, batch } = recordedBatch(upper, () => false);
    await Promise.all([batch.ask('a'), batch.ask('b')]);
    expect(asked).toEqual([['a'], ['b']]);
  });
});
