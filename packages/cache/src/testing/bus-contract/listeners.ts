import assert from 'node:assert/strict';
import type { BusContractContext } from './context.js';
import { Ear, ThrowingEar } from './ear.js';

export function describeListeners({ section, states, options }: BusContractContext): void {
  section('a listener', () => {
    states('is told nothing before open has returned, and then that it is connected', async (stage) => {
      const party = stage.partyAtOnce(stage.transport);
      assert.equal(party.ear.timesConnected, 0);
      await party.ear.isConnected();
      await party.say('hello');
      await party.ear.hears('hello');
      assert.deepEqual([party.ear.timesConnected, party.ear.timesDisconnected], [1, 0]);
    });

    states('that throws harms nobody, itself included', async ({ transport, party, newEar }) => {
      const [throwing, other] = [await party(transport, newEar(ThrowingEar)), await party(transport)];
      for (const text of ['one', 'two']) {
        await throwing.say(`throwing ${text}`);
        await other.say(`other ${text}`);
      }
      for (const { ear } of [throwing, other]) {
        await ear.hearsFrames(4);
        assert.deepEqual(ear.texts.sort(), ['other one', 'other two', 'throwing one', 'throwing two']);
      }
    });

    states(
      'may be opened twice, and then hears everything twice',
      async ({ transport, party, partyAtOnce, newEar }) => {
        const ear = newEar(Ear);
        const first = await party(transport, ear);
        const second = partyAtOnce(transport, ear);
        const other = await party(transport);
        await other.say('hello');
        await ear.hearsFrames(2);
        await first.connection.close();
        await second.say('again');
        await ear.hearsFrames(3);
        assert.deepEqual(ear.texts, ['hello', 'hello', 'again']);
      },
    );

    states(
      'is told of what anybody writes to the store',
      async ({ transport, party }) => {
        assert.ok(options.writeToStore !== undefined);
        const { ear } = await party(transport);
        const keys = ['4:shop:one', '4:shop:two', ':ключ'];
        await options.writeToStore(keys);
        await ear.hearsOfWrites(keys);
      },
      options.writeToStore === undefined ? 'the transport tells of no writes' : undefined,
    );
  });
}
