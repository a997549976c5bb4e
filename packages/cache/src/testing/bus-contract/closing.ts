import assert from 'node:assert/strict';
import type { BusContractContext } from './context.js';

export function describeBusClosing({ section, states }: BusContractContext): void {
  section('close', () => {
    states('may be called twice, also at the same time', async ({ transport, party }) => {
      const { connection } = await party(transport);
      await Promise.all([connection.close(), connection.close()]);
      await connection.close();
    });

    states('may come before the connection is there', async ({ transport, partyAtOnce, party }) => {
      const { connection, ear } = partyAtOnce(transport);
      await connection.close();
      const other = await party(transport);
      await other.say('hello');
      await other.ear.hears('hello');
      assert.deepEqual(ear.texts, []);
    });

    states('ends what the listener is told, also of what was under way', async ({ transport, party }) => {
      const [closed, other] = [await party(transport), await party(transport)];
      const underWay = other.say('under way');
      const closing = closed.connection.close();
      const { timesConnected, timesDisconnected } = closed.ear;
      const heard = closed.ear.texts;
      await Promise.all([underWay, closing]);
      await other.say('afterwards');
      await other.ear.hears('afterwards');
      assert.deepEqual(closed.ear.texts, heard);
      assert.deepEqual([closed.ear.timesConnected, closed.ear.timesDisconnected], [timesConnected, timesDisconnected]);
    });

    states('leaves the other connections alone', async ({ transport, party }) => {
      const [closed, other, third] = [await party(transport), await party(transport), await party(transport)];
      await closed.connection.close();
      await other.say('still here');
      await third.ear.hears('still here');
    });

    states('makes every publish after it reject', async ({ transport, party }) => {
      const { connection, say } = await party(transport);
      await connection.close();
      await assert.rejects(say('too late'), { code: 'LARDER_CLOSED' });
    });

    states('is followed by an open like the first', async ({ transport, party }) => {
      const first = await party(transport);
      await first.connection.close();
      const second = await party(transport);
      await second.say('back');
      await second.ear.hears('back');
    });
  });
}
