import { expect, it } from 'vitest';
import { inProcessBus } from '../../src/bus/in-process-bus.js';

const text = (frame: Uint8Array) => Buffer.from(frame).toString();
const listener = (heard: string[], name: string) => ({
  received: (frame: Uint8Array) => heard.push(`${name} heard ${text(frame)}`),
  connected: () => heard.push(`${name} is connected`),
  disconnected() {},
  storeWrote() {},
});

it('leaves each delivery to `deliver`, which may hold it back, reorder it or lose it', async () => {
  const deliveries: (() => void)[] = [];
  const heard: string[] = [];
  const bus = inProcessBus({ deliver: (delivery) => deliveries.push(delivery) });
  const here = bus.open(listener(heard, 'here'));
  bus.open(listener(heard, 'there'));
  await here.publish(Buffer.from('1'));
  await here.publish(Buffer.from('2'));
  expect(heard).toEqual([]);
  const [hereConnected, , oneHere, oneThere, , twoThere] = deliveries;
  for (const delivery of [hereConnected, twoThere, oneThere, oneThere, oneHere]) delivery?.();
  expect(heard).toEqual(['here is connected', 'there heard 2', 'there heard 1', 'there heard 1', 'here heard 1']);
});
