import { describe, it } from 'vitest';
import { inProcessBus } from '../../../src/bus/in-process-bus.js';
import { describeBusContract } from '../../../src/testing/index.js';

describeBusContract({
  describe,
  it,
  name: 'in-process',
  open: async () => inProcessBus(),
  openApart: async () => inProcessBus(),
});
