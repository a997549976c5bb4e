import { describeBusClosing } from './bus-contract/closing.js';
import { type BusContractOptions, busContractContext } from './bus-contract/context.js';
import { describeFrames } from './bus-contract/frames.js';
import { describeListeners } from './bus-contract/listeners.js';

/**
 * What every transport of a bus keeps to while nothing disturbs it, as tests for any runner with `describe` and `it`:
 *
 * ```ts
 * import { describe, it } from 'vitest';
 * describeBusContract({ describe, it, name: 'my transport', open: async () => myTransport() });
 * ```
 */
export function describeBusContract(options: BusContractOptions): void {
  const context = busContractContext(options);
  options.describe(`the bus contract: ${options.name}`, () => {
    describeFrames(context);
    describeListeners(context);
    describeBusClosing(context);
  });
}
