import type { Bus } from '../contracts/bus.js';
import { refuseLongMessage } from './refuse-long-message.js';

/** For processes that do not know of each other. */
export const noBus: Bus = Object.freeze({
  isThere: false,
  changed() {},
  filled() {},
  released() {},
  tagsInvalidated() {},
  cleared() {},
  /** What would not fit into a frame is refused here too, so that it is found before there are other processes. */
  async publish(namespace: string, channel: string, message: Uint8Array) {
    refuseLongMessage(namespace, channel, message);
  },
  join() {},
  close: () => Promise.resolve(),
});
