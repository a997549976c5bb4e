import { InvalidOptionError } from '../errors.js';
import { longestMessage } from './frame-writer.js';

/** @throws InvalidOptionError if the message does not fit into a frame */
export function refuseLongMessage(namespace: string, channel: string, message: Uint8Array): void {
  const longest = longestMessage(namespace, channel);
  if (message.length <= longest) return;
  const advice = 'keep it in the cache, and publish its key';
  throw new InvalidOptionError(`A message has at most ${longest} bytes, and this has ${message.length}: ${advice}.`);
}
