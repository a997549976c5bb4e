import type { Millis } from '../../contracts/time.js';
import { deadlineFlags, isLiveByFlags, serverDeadline } from './deadlines.js';
import type { WireKey } from './keys.js';
import { failed } from './memcached-errors.js';
import { type MetaCommand, type MetaSet, metaDelete, metaGet, metaSet } from './meta-commands.js';
import { itemFlags, type MetaReply } from './meta-replies.js';
import { decodeRecord, type EncodedEntry, isLive } from './records.js';
import type { Standing } from './round.js';

/** What the server has under a key: the token of the item if there is one, and the entry in it if that is live. */
export interface ItemSeen {
  readonly cas: string | undefined;
  readonly standing: Standing;
}

/** It may be live, but that stands in its record alone. */
export type ItemUnclear = 'unclear';

const nothing: ItemSeen = { cas: undefined, standing: undefined };

/** One item of a server, seen and changed by its token. */
export class KeyItem {
  readonly key: WireKey;

  constructor(key: WireKey) {
    this.key = key;
  }

  lookCommand(withEntry: boolean): MetaCommand {
    return metaGet(this.key, withEntry ? { value: true, cas: true } : { cas: true, times: true });
  }

  seen(reply: MetaReply, now: Millis): ItemSeen | ItemUnclear {
    if (reply.code === 'EN') return nothing;
    const { cas, clientFlags, secondsLeft } = itemFlags(reply);
    // Without tokens nothing could be changed safely, and nobody would notice.
    if (cas === undefined || cas === '0') throw failed('memcached was started without cas (-C): start it with cas.');
    if (reply.value !== undefined) {
      const entry = decodeRecord(reply.value, this.key);
      return { cas, standing: entry !== undefined && isLive(entry, now) ? entry : undefined };
    }
    // Two keys that share a hash are told apart by their records.
    if (this.key.trueKey !== undefined) return 'unclear';
    const live = isLiveByFlags(clientFlags, secondsLeft, now);
    if (live === 'unknown') return 'unclear';
    return { cas, standing: live ? 'unseen' : undefined };
  }

  addCommand(entry: EncodedEntry, latestEnd: Millis): MetaCommand {
    return this.#setCommand(entry, latestEnd, { add: true });
  }

  /** Puts the entry where `seen` was, or nowhere if that has changed. */
  replaceCommand(entry: EncodedEntry, latestEnd: Millis, { cas }: ItemSeen): MetaCommand {
    return this.#setCommand(entry, latestEnd, cas === undefined ? { add: true } : { cas });
  }

  deleteCommand({ cas }: ItemSeen): MetaCommand {
    return metaDelete(this.key, cas === undefined ? {} : { cas });
  }

  #setCommand(entry: EncodedEntry, latestEnd: Millis, condition: Pick<MetaSet, 'add' | 'cas'>): MetaCommand {
    return metaSet(this.key, {
      data: entry.record,
      clientFlags: deadlineFlags(entry.expiresAt),
      expires: serverDeadline(Math.min(entry.expiresAt, latestEnd)),
      ...condition,
    });
  }
}
