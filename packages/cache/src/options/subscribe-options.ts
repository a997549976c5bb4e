import type { SubscribeOptions } from '../contracts/channel.js';
import { InvalidOptionError } from '../errors.js';
import { refuseUnknownOptions } from './known-options.js';

export function resolveSubscribeOptions(options: SubscribeOptions): {
  readonly signal: AbortSignal | undefined;
  readonly missed: SubscribeOptions['missed'];
} {
  refuseUnknownOptions('subscribe()', options, ['signal', 'missed']);
  const { signal, missed } = options;
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new InvalidOptionError('signal is no AbortSignal: write signal: controller.signal.');
  }
  if (missed !== undefined && typeof missed !== 'function') {
    throw new InvalidOptionError('missed is no function: write missed: (reason) => ….');
  }
  return { signal, missed };
}
