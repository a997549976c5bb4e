import type { BusMember } from '../contracts/bus.js';
import type { Millis } from '../contracts/time.js';
import type { BusAction } from './frame.js';

/** Who wants to hear of which namespace. */
export class Members {
  readonly #of = new Map<string, BusMember[]>();

  join(namespace: string, member: BusMember): void {
    const others = this.#of.get(namespace);
    if (others === undefined) this.#of.set(namespace, [member]);
    else others.push(member);
  }

  readonly isAnybodyIn = (namespace: string): boolean => this.#of.has(namespace);

  /** `stamp`: the clock of who tells it. */
  tell(action: BusAction, stamp: Millis): void {
    for (const member of this.#of.get(action.namespace) ?? []) {
      try {
        tellOne(member, action, stamp);
      } catch {
        // It harms nobody: the others hear it all the same.
      }
    }
  }
}

function tellOne(member: BusMember, action: BusAction, stamp: Millis): void {
  switch (action.kind) {
    case 'changed':
      member.changed(action.names, stamp);
      break;
    case 'filled':
      member.filled(action.names);
      break;
    case 'released':
      member.released(action.names);
      break;
    case 'tags-invalidated':
      member.tagsInvalidated(action.tags, action.time, action.remove);
      break;
    case 'cleared':
      member.cleared(action.time);
      break;
    case 'message':
      member.message(action.channel, action.message);
      break;
  }
}
