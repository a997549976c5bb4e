import type { BusConnection, BusTransport } from '../../../contracts/bus.js';
import { ClosedError } from '../../../errors.js';
import { Listening, type TransportParts } from './listening.js';
import { Member } from './member.js';

export interface RedisBusTransport extends BusTransport {
  /** Closes whatever is still open. */
  closeAll(): Promise<void>;
}

/** All listeners of a transport share one subscription, which lives from the first of them to the last. */
export function redisTransport(parts: TransportParts): RedisBusTransport {
  const members = new Set<Member>();
  let listening: Listening | undefined;

  async function leave(member: Member): Promise<void> {
    member.isClosed = true;
    members.delete(member);
    if (members.size > 0) return;
    const unheard = listening;
    listening = undefined;
    await unheard?.close();
  }

  return {
    name: parts.tracking === undefined ? 'redis' : 'redis-tracking',
    open(listener): BusConnection {
      const member = new Member(listener);
      members.add(member);
      listening ??= new Listening(parts, members);
      const joined = listening;
      queueMicrotask(() => joined.welcome(member));
      return {
        async publish(frame) {
          if (member.isClosed) throw new ClosedError();
          await joined.publish(frame);
        },
        untilNextFrame: () => joined.untilNextFrame(),
        close: () => leave(member),
      };
    },
    async closeAll() {
      await Promise.all([...members].map(leave));
    },
  };
}
