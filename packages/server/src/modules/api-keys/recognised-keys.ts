import { timingSafeEqual } from 'node:crypto';
import type { Millis } from '@larder/cache';
import type { Caller } from './caller.js';
import { publicPart } from './key-format.js';

/** Keys that were found right, for as long as that may be relied on. */
export interface RecognisedKeys {
  add(text: string, caller: Caller, until: Millis): void;
  find(text: string, now: Millis): Caller | undefined;
  forget(id: string): void;
}

interface Recognised {
  readonly text: Buffer;
  /** As long as `text`: the presented key is written here, so that comparing allocates nothing. */
  readonly presented: Buffer;
  readonly caller: Caller;
  readonly until: Millis;
}

const mostRecognised = 10_000;

export function createRecognisedKeys(): RecognisedKeys {
  const byPublicPart = new Map<string, Recognised>();
  return {
    add(text, caller, until) {
      if (byPublicPart.size >= mostRecognised) forgetExpiring(byPublicPart);
      const bytes = Buffer.from(text, 'latin1');
      byPublicPart.set(publicPart(text), { text: bytes, presented: Buffer.alloc(bytes.length), caller, until });
    },
    find(text, now) {
      const known = byPublicPart.get(publicPart(text));
      if (known === undefined || now >= known.until || text.length !== known.text.length) return undefined;
      known.presented.write(text, 'latin1');
      return timingSafeEqual(known.presented, known.text) ? known.caller : undefined;
    },
    forget(id) {
      byPublicPart.delete(id);
    },
  };
}

/** All but the one that no lookup would bring back. */
function forgetExpiring(byPublicPart: Map<string, Recognised>): void {
  for (const [part, { until }] of byPublicPart) if (until !== Number.POSITIVE_INFINITY) byPublicPart.delete(part);
}
