import { expect, it } from 'vitest';
import { inProcessBus } from '../../src/bus/in-process-bus.js';
import type { BusConnection, BusListener, BusTransport } from '../../src/contracts/bus.js';
import { describeBusContract } from '../../src/testing/index.js';

/** Those of these sentences of the contract, or of all, that a transport breaks. */
async function brokenBy(
  open: () => BusTransport,
  {
    only,
    openApart = open,
    patience = 5_000,
  }: { only?: string; openApart?: () => BusTransport; patience?: number } = {},
): Promise<string[]> {
  const sentences: { title: string; body: () => Promise<void> }[] = [];
  const note = (title: string, body: () => Promise<void>) => sentences.push({ title, body });
  describeBusContract({
    describe: (_, body) => body(),
    it: Object.assign(note, { skip: () => {} }),
    name: 'broken',
    open: async () => open(),
    openApart: async () => openApart(),
    patience,
  });
  const broken: string[] = [];
  for (const { title, body } of sentences) {
    if (only !== undefined && title !== only) continue;
    await body().catch(() => broken.push(title));
  }
  return broken;
}

/** A good transport but for one thing. */
function spoiltBy(
  spoil: (listener: BusListener) => Partial<BusListener>,
  publish?: (connection: BusConnection, frame: Uint8Array) => Promise<void>,
): () => BusTransport {
  return () => {
    const { name, open } = inProcessBus();
    return {
      name,
      open(listener) {
        const told: BusListener = {
          received: (frame) => listener.received(frame),
          connected: () => listener.connected(),
          disconnected: () => listener.disconnected(),
          storeWrote: (keys) => listener.storeWrote(keys),
          ...spoil(listener),
        };
        const connection = open(told);
        return publish === undefined ? connection : { ...connection, publish: (frame) => publish(connection, frame) };
      },
    };
  };
}

it('the contract of a bus finds nothing in a transport that keeps it', async () => {
  expect(await brokenBy(() => inProcessBus())).toEqual([]);
});

const shared = inProcessBus();
const received = (listener: BusListener, frame: Uint8Array) => listener.received(frame);

it.each<[string, () => BusTransport, string]>([
  ['brings nothing back', spoiltBy(() => ({ received() {} })), 'comes back to its sender, once'],
  [
    'brings frames twice',
    spoiltBy((listener) => ({ received: (frame) => [received(listener, frame), received(listener, frame)] })),
    'comes back to its sender, once',
  ],
  [
    'loses the last byte',
    spoiltBy((listener) => ({ received: (frame) => received(listener, frame.subarray(0, -1)) })),
    'keeps its bytes',
  ],
  [
    'takes frames for text',
    spoiltBy((listener) => ({ received: (frame) => received(listener, Buffer.from(Buffer.from(frame).toString())) })),
    'keeps its bytes',
  ],
  [
    'changes the order',
    () => inProcessBus({ deliver: (delivery) => setTimeout(delivery, Math.random() * 5) }),
    'arrive in their order while nothing disturbs, also when published at once',
  ],
  [
    'delivers within publish',
    () => {
      const isOpen = { yet: false };
      const bus = inProcessBus({ deliver: (delivery) => (isOpen.yet ? delivery() : setImmediate(delivery)) });
      return {
        name: 'at once',
        open(listener) {
          const connection = bus.open(listener);
          return {
            ...connection,
            publish(frame) {
              isOpen.yet = true;
              return connection.publish(frame).finally(() => (isOpen.yet = false));
            },
          };
        },
      };
    },
    'arrives later than within the call that published it',
  ],
  ['tells of no connection', spoiltBy(() => ({ connected() {} })), 'leaves the other connections alone'],
  ['has one name for all', () => shared, 'do not hear each other'],
  [
    'takes frames after it was closed',
    spoiltBy(
      () => ({}),
      (connection, frame) => connection.publish(frame).catch(() => {}),
    ),
    'makes every publish after it reject',
  ],
])('the contract of a bus finds a transport that %s', async (_, open, sentence) => {
  expect(await brokenBy(open, { only: sentence, patience: 300 })).toEqual([sentence]);
});
