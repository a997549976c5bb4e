import assert from 'node:assert/strict';
import { range } from '../store-contract/context.js';
import type { BusContractContext } from './context.js';

const longestFrame = 65_536;

export function describeFrames({ section, states, options }: BusContractContext): void {
  section('a frame', () => {
    states('comes back to its sender, once', async ({ transport, party }) => {
      const sender = await party(transport);
      await sender.say('one');
      await sender.say('two');
      await sender.ear.hears('two');
      assert.deepEqual(sender.ear.texts, ['one', 'two']);
    });

    states('reaches every connection of its transport', async ({ transport, party }) => {
      const [sender, other, third] = [await party(transport), await party(transport), await party(transport)];
      await sender.say('hello');
      await Promise.all([sender, other, third].map(({ ear }) => ear.hears('hello')));
    });

    states('reaches other transports of its name, and theirs reach it', async ({ transport, party }) => {
      const again = (await options.openAgain?.()) ?? transport;
      const [here, there] = [await party(transport), await party(again)];
      await here.say('from here');
      await there.say('from there');
      for (const { ear } of [here, there]) {
        await ear.hears('from here');
        await ear.hears('from there');
      }
    });

    states('arrives later than within the call that published it', async ({ transport, party }) => {
      const [sender, other] = [await party(transport), await party(transport)];
      const published = sender.say('hello');
      assert.deepEqual([...sender.ear.texts, ...other.ear.texts], []);
      await published;
    });

    states('keeps its bytes', async ({ transport, party }) => {
      const [sender, other] = [await party(transport), await party((await options.openAgain?.()) ?? transport)];
      const everyByte = Uint8Array.from(range(256));
      const frames = [
        new Uint8Array(0),
        everyByte,
        new Uint8Array(1),
        new TextEncoder().encode('\r\n*1\r\n$4\r\nnull\r\n\0é😀'),
        // A view into a larger buffer is as long as the view.
        everyByte.subarray(200, 203),
        Uint8Array.from(range(longestFrame), (at) => (at * 31 + (at >> 8)) & 0xff),
      ];
      for (const frame of frames) await sender.connection.publish(frame);
      for (const { ear } of [sender, other]) {
        await ear.hearsFrames(frames.length);
        assert.deepEqual(
          ear.frames.map((frame) => Buffer.from(frame).toString('hex')),
          frames.map((frame) => Buffer.from(frame).toString('hex')),
        );
      }
    });
  });

  section('the frames of one sender', () => {
    states(
      'arrive in their order while nothing disturbs, also when published at once',
      async ({ transport, party }) => {
        const [sender, other] = [await party(transport), await party((await options.openAgain?.()) ?? transport)];
        const texts = range(1_000).map(String);
        await Promise.all(texts.map((text) => sender.say(text)));
        for (const { ear } of [sender, other]) {
          await ear.hearsFrames(texts.length);
          assert.deepEqual(ear.texts, texts);
        }
      },
    );

    states('keep that order among those of others', async ({ transport, party }) => {
      const [here, there] = [await party(transport), await party((await options.openAgain?.()) ?? transport)];
      const numbers = range(200);
      await Promise.all(numbers.flatMap((at) => [here.say(`here ${at}`), there.say(`there ${at}`)]));
      for (const { ear } of [here, there]) {
        await ear.hearsFrames(2 * numbers.length);
        for (const place of ['here', 'there']) {
          const ofPlace = ear.texts.filter((text) => text.startsWith(`${place} `));
          assert.deepEqual(
            ofPlace,
            numbers.map((at) => `${place} ${at}`),
          );
        }
      }
    });
  });

  section('two names', () => {
    states(
      'do not hear each other',
      async ({ transport, party }) => {
        assert.ok(options.openApart !== undefined);
        const [here, apart] = [await party(transport), await party(await options.openApart())];
        // Twice: by the time that the second has come back, the other side would have heard the first.
        for (const text of ['one', 'two']) {
          await Promise.all([here.say(`here ${text}`), apart.say(`apart ${text}`)]);
          await Promise.all([here.ear.hears(`here ${text}`), apart.ear.hears(`apart ${text}`)]);
        }
        assert.deepEqual(here.ear.texts, ['here one', 'here two']);
        assert.deepEqual(apart.ear.texts, ['apart one', 'apart two']);
      },
      options.openApart === undefined ? 'no transport of another name was given' : undefined,
    );
  });
}
