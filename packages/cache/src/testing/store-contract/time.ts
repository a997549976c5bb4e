import assert from 'node:assert/strict';
import type { StoreTime } from '../../contracts/store.js';
import type { ContractContext, Stage } from './context.js';

/** Besides its own error: a clock of another machine, and a busy one here. */
const tolerance = 1_500;

export function describeTime({ section, states, options }: ContractContext): void {
  const missing = options.tellsTime === true ? undefined : 'the store tells no time';
  const ask = ({ store, call }: Stage): Promise<StoreTime> => {
    assert.ok(store.time !== undefined);
    return store.time(call());
  };

  section('time', () => {
    states('is told where the suite is told so, and nowhere else', async ({ store }) => {
      assert.equal(store.time !== undefined, options.tellsTime === true);
    });

    states(
      'is the time, give or take the error that it admits',
      async (stage) => {
        const { time, error } = await ask(stage);
        assert.ok(error >= 0);
        assert.ok(Math.abs(time - Date.now()) <= error + tolerance, `${time} is told, and it is ${Date.now()}`);
      },
      missing,
    );

    states(
      'never goes back, and goes on',
      async (stage) => {
        const first = await ask(stage);
        let last = first;
        const end = Date.now() + 200 + first.error;
        while (Date.now() < end) {
          const next = await ask(stage);
          assert.ok(next.time >= last.time, `${next.time} is told after ${last.time}`);
          last = next;
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        assert.ok(last.time - first.time >= 100, 'it stands still');
      },
      missing,
    );

    states(
      'is not what the caller takes for the time',
      async (stage) => {
        const wrong: Stage = { ...stage, call: () => ({ now: stage.now() + 3_600_000 }) };
        const { time, error } = await ask(wrong);
        assert.ok(Math.abs(time - Date.now()) <= error + tolerance);
      },
      missing,
    );
  });
}
