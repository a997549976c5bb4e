import { beforeEach, describe, expect, it } from 'vitest';
import { type BusAction, bareFrame } from '../../src/bus/frame.js';
import type { FrameHeader } from '../../src/bus/frame-layout.js';
import { readFrame } from '../../src/bus/frame-reader.js';
import { longestMessage } from '../../src/bus/frame-writer.js';
import { type FakeClock, fakeClock } from '../../src/testing/index.js';
import { framesOf, headed } from './frames.js';
import { Network } from './network.js';
import { memberOf, namespace, openParty, type Party, type PartyOptions, passes, settled } from './party.js';

let clock: FakeClock;
let network: Network;

beforeEach(() => {
  clock = fakeClock();
  network = new Network(clock);
});

const open = (name: string, options?: PartyOptions): Party => openParty(network.transport(name), clock, options);

/** Parties who have heard each other, and whose notes are empty. */
async function openAll(...names: string[]): Promise<Party[]> {
  const parties = names.map((name) => open(name));
  await passes(clock, 1_500);
  for (const party of parties) forget(party);
  network.published.length = 0;
  return parties;
}

function forget({ heard, doubts, facts, witnessed, caughtUpAt }: Party): void {
  for (const notes of [heard, doubts, facts, witnessed, caughtUpAt]) notes.length = 0;
}

const framesFrom = (name: string) => network.published.filter(({ from }) => from === name);
const actionsFrom = (name: string): BusAction[] => framesFrom(name).flatMap(({ frame }) => actionsOf(frame));

function actionsOf(frame: Buffer): readonly BusAction[] {
  const read = readFrame(frame, () => true);
  if (!read.ok) throw new Error(read.reason);
  return read.actions;
}

const headerOf = (rest: Partial<FrameHeader> = {}): FrameHeader => {
  return { node: 'stranger', sequence: 0, epoch: 0, heartbeat: 1_000, clock: 0, isBye: false, ...rest };
};

/** Has `name` hear a frame that nobody here sent. */
const hears = (name: string, frame: Uint8Array) => network.tell(name, (listener) => listener.received(frame));
const tells = (header: Partial<FrameHeader>, ...actions: BusAction[]): Buffer =>
  headed(actions.length === 0 ? bareFrame() : framesOf(actions)[0], headerOf(header));

describe('what one process tells', () => {
  it('is heard by all others that joined the namespace, and not by itself', async () => {
    const [here, there, third] = await openAll('here', 'there', 'third');
    here?.bus.changed(namespace, ['a', 'b']);
    await passes(clock, 10);
    expect(there?.heard).toEqual(['changed a b']);
    expect(third?.heard).toEqual(['changed a b']);
    expect(here?.heard).toEqual([]);
  });

  it('is told whole: every kind, to every member', async () => {
    const [here, there] = await openAll('here', 'there');
    const second: string[] = [];
    there?.bus.join(namespace, memberOf(second));
    const said = here?.bus.publish(namespace, 'news', Buffer.from('hello'));
    here?.bus.released(namespace, ['lease']);
    here?.bus.filled(namespace, ['f']);
    here?.bus.changed(namespace, ['c']);
    here?.bus.tagsInvalidated(namespace, ['t', 'u'], 5, true);
    here?.bus.tagsInvalidated(namespace, ['v'], 6, false);
    here?.bus.cleared(namespace, 7);
    await passes(clock, 10);
    await said;
    const told = ['cleared at 7', 'removed t u at 5', 'expired v at 6', 'changed c', 'filled f', 'released lease'];
    expect(there?.heard).toEqual([...told, 'message on news: hello']);
    expect(second).toEqual(there?.heard);
  });

  describe('where the transport likes few frames', () => {
    const waits = (millis: number) => {
      const end = clock.now() + millis;
      const rest = () => end - clock.now();
      network.untilNextFrame = () =>
        rest() <= 0 ? undefined : new Promise((resolve) => clock.schedule(resolve, rest()));
    };

    it('waits for the next one, and leaves with what is told meanwhile', async () => {
      const [here, there] = await openAll('here', 'there');
      waits(5);
      here?.bus.changed(namespace, ['a']);
      await passes(clock, 3);
      here?.bus.changed(namespace, ['b']);
      here?.bus.filled(namespace, ['c']);
      await passes(clock, 1);
      expect(framesFrom('here')).toEqual([]);
      await passes(clock, 1);
      await passes(clock, 1);
      expect(there?.heard).toEqual(['changed a b', 'filled c']);
      expect(framesFrom('here')).toHaveLength(1);
      here?.bus.changed(namespace, ['d']);
      await passes(clock, 10);
      expect(there?.heard).toEqual(['changed a b', 'filled c', 'changed d']);
    });

    it('leaves at once with a message, which somebody waits for', async () => {
      const [here, there] = await openAll('here', 'there');
      waits(100);
      here?.bus.changed(namespace, ['a']);
      await passes(clock, 3);
      await here?.bus.publish(namespace, 'news', Buffer.from('hello'));
      await passes(clock, 3);
      expect(there?.heard).toEqual(['changed a', 'message on news: hello']);
      await passes(clock, 100);
      expect(framesFrom('here')).toHaveLength(2);
    });

    it('leaves at once with the farewell, which is said once', async () => {
      const [here, there] = await openAll('here', 'there');
      waits(100);
      here?.bus.changed(namespace, ['a']);
      await passes(clock, 3);
      const closed = here?.bus.close();
      await passes(clock, 3);
      await closed;
      expect(there?.heard).toEqual(['changed a']);
      await passes(clock, 200);
      expect(
        framesFrom('here')
          .map(({ frame }) => readFrame(frame, () => true))
          .filter((read) => read.ok && read.header.isBye),
      ).toHaveLength(1);
      expect(here?.facts).toEqual([]);
    });

    it('leaves at once where others have to be told that something was lost', async () => {
      const here = open('here', { namesAtMost: 4 });
      const there = open('there');
      await passes(clock, 1_500);
      forget(there);
      waits(100);
      here.bus.changed(namespace, ['a', 'b', 'c', 'd', 'e']);
      await passes(clock, 3);
      expect(there.doubts.map(({ why }) => why)).toEqual(['new-epoch']);
    });
  });

  it('of one tick goes out in one frame, however many awaits lie between', async () => {
    const [here] = await openAll('here', 'there');
    const tell = async (key: string, awaits: number) => {
      for (let at = 0; at < awaits; at++) await undefined;
      here?.bus.changed(namespace, [key]);
    };
    await Promise.all([tell('a', 0), tell('b', 3), tell('c', 20)]);
    await settled();
    expect(actionsFrom('here')).toEqual([{ kind: 'changed', namespace, names: ['a', 'b', 'c'] }]);
    expect(framesFrom('here')).toHaveLength(1);
  });

  it('names a key once, and a key that was changed and filled only as changed', async () => {
    const [here] = await openAll('here');
    here?.bus.changed(namespace, ['a', 'b', 'a']);
    here?.bus.filled(namespace, ['b', 'c', 'c']);
    here?.bus.changed(namespace, ['b']);
    await settled();
    expect(actionsFrom('here')).toEqual([
      { kind: 'changed', namespace, names: ['a', 'b'] },
      { kind: 'filled', namespace, names: ['c'] },
    ]);
  });

  it('waits while a frame is under way, and goes out in the next one', async () => {
    const [here] = await openAll('here');
    let taken = (): void => {};
    network.accept = () => new Promise((resolve) => (taken = resolve));
    here?.bus.changed(namespace, ['first']);
    await settled();
    for (const key of ['a', 'b']) {
      here?.bus.changed(namespace, [key]);
      await settled();
    }
    expect(framesFrom('here')).toHaveLength(0);
    taken();
    await settled();
    taken();
    await settled();
    expect(actionsFrom('here')).toEqual([
      { kind: 'changed', namespace, names: ['first'] },
      { kind: 'changed', namespace, names: ['a', 'b'] },
    ]);
  });

  it('carries the clock of its sender, which others take note of', async () => {
    const [here, there] = await openAll('here', 'there');
    clock.advance(123);
    here?.bus.changed(namespace, ['a']);
    await settled();
    const sentAt = clock.now();
    await passes(clock, 10);
    expect(there?.witnessed).toContain(sentAt);
    expect(here?.witnessed).not.toContain(sentAt + 1);
  });

  it('of other namespaces is left alone', async () => {
    const [here, there] = await openAll('here', 'there');
    here?.bus.changed('1:x:', ['a']);
    await passes(clock, 10);
    expect(there?.heard).toEqual([]);
  });

  it('reaches the other members where one throws', async () => {
    const [here, there] = await openAll('here', 'there');
    const throwing = () => {
      throw new Error('thrown by a member');
    };
    const member = { changed: throwing, filled: throwing, released: throwing };
    there?.bus.join('1:x:', { ...member, tagsInvalidated: throwing, cleared: throwing, message: throwing });
    const second: string[] = [];
    there?.bus.join('1:x:', memberOf(second));
    here?.bus.changed('1:x:', ['a']);
    here?.bus.cleared('1:x:', 1);
    await passes(clock, 10);
    expect(second).toEqual(['cleared at 1', 'changed a']);
    expect(there?.doubts).toEqual([]);
  });
});

describe('heartbeats', () => {
  it('are sent once a second while there is nothing to tell', async () => {
    await openAll('here');
    await passes(clock, 10_000);
    expect(framesFrom('here')).toHaveLength(10);
    expect(actionsFrom('here')).toEqual([]);
  });

  it('are not sent where something else was sent meanwhile', async () => {
    const [here] = await openAll('here');
    for (let at = 0; at < 40; at++) {
      here?.bus.changed(namespace, ['a']);
      await passes(clock, 250);
    }
    expect(framesFrom('here')).toHaveLength(40);
  });

  it('leave at most one heartbeat between two frames', async () => {
    const [here] = await openAll('here', 'there');
    const times: number[] = [];
    network.accept = async (from) => {
      if (from === 'here') times.push(clock.now());
    };
    for (const pause of [1, 999, 501, 499, 250, 1_300, 700, 50, 1_800]) {
      await passes(clock, pause, 1);
      here?.bus.changed(namespace, ['a']);
      await settled();
    }
    for (const [at, time] of times.entries())
      if (at > 0) expect(time - (times[at - 1] ?? 0)).toBeLessThanOrEqual(1_000);
    expect(times.length).toBeGreaterThan(8);
  });

  it('are as far apart as is asked for, and nobody is taken for silent because of it', async () => {
    const [slow, quick] = [open('slow', { heartbeat: 10_000 }), open('quick', { heartbeat: 200 })];
    await passes(clock, 11_000);
    forget(slow);
    forget(quick);
    network.published.length = 0;
    await passes(clock, 60_000);
    expect(framesFrom('slow')).toHaveLength(6);
    expect(framesFrom('quick')).toHaveLength(300);
    expect([...slow.doubts, ...quick.doubts]).toEqual([]);
  });
});

describe('doubt', () => {
  it('comes with the first connection and with every later one', async () => {
    const here = open('here');
    await passes(clock, 10);
    expect(here.heard).toEqual(['doubt: connected']);
    network.tell('here', (listener) => listener.connected());
    expect(here.heard).toEqual(['doubt: connected', 'doubt: connected']);
    expect(here.facts).toEqual(['connected']);
  });

  it('comes when the connection is lost, and at every half heartbeat until it is back', async () => {
    const [here] = await openAll('here');
    network.route = () => [];
    network.tell('here', (listener) => listener.disconnected());
    network.tell('here', (listener) => listener.disconnected());
    expect(here?.heard).toEqual(['doubt: disconnected']);
    await passes(clock, 2_000);
    expect(here?.heard).toEqual(Array(5).fill('doubt: disconnected'));
    network.route = () => [1];
    network.tell('here', (listener) => listener.connected());
    await passes(clock, 5_000);
    expect(here?.heard.slice(5)).toEqual(['doubt: connected']);
    expect(here?.facts).toEqual(['disconnected', 'connected']);
  });

  it('comes before the first connection too', async () => {
    const here = openParty({ name: 'never there', open: () => neverThere }, clock);
    await passes(clock, 1_000);
    expect(here.heard).toEqual(Array(2).fill('doubt: disconnected'));
    await here.bus.close();
  });

  it('comes with nobody heard from, itself included, for three heartbeats, until it hears itself again', async () => {
    const [here] = await openAll('here');
    network.route = () => [];
    await passes(clock, 2_000);
    expect(here?.heard).toEqual([]);
    await passes(clock, 1_000);
    expect(here?.heard.slice(0, 1)).toEqual(['doubt: disconnected']);
    network.route = () => [1];
    await passes(clock, 5_000);
    expect(here?.heard.at(-1)).toBe('doubt: connected');
    expect(here?.facts).toEqual(['disconnected', 'connected']);
  });

  it('comes before what the frame tells that gives cause to it', async () => {
    const [here, there] = await openAll('here', 'there');
    network.route = () => [];
    here?.bus.changed(namespace, ['lost']);
    await passes(clock, 10);
    network.route = () => [1];
    here?.bus.changed(namespace, ['a']);
    await passes(clock, 10);
    expect(there?.heard).toEqual(['doubt: gap', 'changed a']);
  });

  it('comes with the next heartbeat where the last frame was lost', async () => {
    const [here, there] = await openAll('here', 'there');
    network.route = (_, to) => (to === 'there' ? [] : [1]);
    here?.bus.changed(namespace, ['lost']);
    await passes(clock, 10);
    network.route = () => [1];
    await passes(clock, 1_010);
    expect(there?.heard).toEqual(['doubt: gap']);
  });

  it('comes with the silence of a process that was killed, and again every second for a minute', async () => {
    const [, there] = await openAll('here', 'there');
    network.kill('here');
    await passes(clock, 3_000);
    expect(there?.heard).toEqual(['doubt: silence']);
    await passes(clock, 100_000);
    expect(there?.heard).toEqual(Array.from({ length: 61 }, () => 'doubt: silence'));
  });

  it('does not come with a process that begins, tells something, and says farewell', async () => {
    const [there] = await openAll('there');
    const here = open('here');
    await passes(clock, 10);
    here.bus.changed(namespace, ['a']);
    here.bus.changed(namespace, ['b']);
    await here.bus.close();
    await passes(clock, 10_000);
    expect(there?.heard).toEqual(['changed a b']);
  });

  it('comes where a process was not heard from its first frame on', async () => {
    const [there] = await openAll('there');
    hears('there', tells({ sequence: 9 }, { kind: 'changed', namespace, names: ['a'] }));
    expect(there?.heard).toEqual(['doubt: new-peer', 'changed a']);
  });

  it('does not come with frames that come twice, and their messages are not heard twice', async () => {
    const [here, there] = await openAll('here', 'there');
    network.route = () => [1, 2, 700];
    await here?.bus.publish(namespace, 'news', Buffer.from('hello'));
    here?.bus.changed(namespace, ['a']);
    await passes(clock, 3_000);
    expect(there?.heard).toEqual(['message on news: hello', 'changed a']);
  });

  it('does not come a second time with a frame that is late, which is heard', async () => {
    const [here, there] = await openAll('here', 'there');
    network.route = () => [100];
    here?.bus.changed(namespace, ['late']);
    await settled();
    network.route = () => [1];
    here?.bus.changed(namespace, ['a']);
    await passes(clock, 200);
    expect(there?.heard).toEqual(['doubt: gap', 'changed a', 'changed late']);
  });

  it('comes with what cannot be read, at most once at a time and once a tick after that', async () => {
    const [there] = await openAll('there');
    for (let at = 0; at < 100; at++) hears('there', Buffer.from('{"hello":"world"}'));
    expect(there?.heard).toEqual(['doubt: unreadable']);
    expect(there?.facts).toEqual(Array(100).fill('unreadable'));
    await passes(clock, 500);
    expect(there?.heard).toEqual(Array(2).fill('doubt: unreadable'));
    await passes(clock, 5_000);
    expect(there?.heard).toHaveLength(2);
  });

  it('comes with actions of an unknown kind, beside which the others are heard', async () => {
    const [there] = await openAll('there');
    const known = framesOf([{ kind: 'changed', namespace, names: ['a'] }])[0] as Buffer;
    hears('there', headed(Buffer.concat([known, Buffer.from([99, 0, 0])]), headerOf()));
    expect(there?.heard).toEqual(['doubt: unreadable', 'changed a']);
  });
});

const neverThere = { publish: () => Promise.reject(new Error('not connected')), close: () => Promise.resolve() };

describe('a transport that fails', () => {
  const refuse = () => Promise.reject(new Error('away'));

  it('gets every frame again under its number, in order, so that nobody misses any', async () => {
    const [here, there] = await openAll('here', 'there');
    network.accept = refuse;
    for (const key of ['a', 'b', 'a']) {
      here?.bus.changed(namespace, [key]);
      await passes(clock, 200);
    }
    here?.bus.cleared(namespace, 7);
    expect(there?.heard).toEqual([]);
    network.accept = () => Promise.resolve();
    await passes(clock, 600);
    expect(there?.heard).toEqual(['changed a', 'cleared at 7', 'changed b a']);
    expect(here?.facts).toEqual(['publish-failed']);
    expect(there?.doubts).toEqual([]);
  });

  it('gets it again at once when it is connected anew', async () => {
    const [here, there] = await openAll('here', 'there');
    network.accept = refuse;
    here?.bus.changed(namespace, ['a']);
    await settled();
    network.accept = () => Promise.resolve();
    network.tell('here', (listener) => listener.connected());
    await passes(clock, 10);
    expect(there?.heard).toEqual(['changed a']);
  });

  it('may have carried what it refused: the repetition is a duplicate', async () => {
    const [here, there] = await openAll('here', 'there');
    let isRefused = true;
    const carried = network.transport('here');
    const party = openParty(
      {
        name: 'loses answers',
        open(listener) {
          const connection = carried.open(listener);
          const publish = async (frame: Uint8Array) => {
            await connection.publish(frame);
            if (isRefused) throw new Error('The answer was lost.');
          };
          return { ...connection, publish };
        },
      },
      clock,
    );
    party.bus.changed(namespace, ['a']);
    await passes(clock, 2_000);
    isRefused = false;
    party.bus.changed(namespace, ['b']);
    await passes(clock, 2_000);
    expect(there?.heard).toEqual(['changed a', 'changed b']);
    expect(here?.heard).toEqual(['changed a', 'changed b']);
  });

  it('is told of a new epoch where too much waited, and of what came after that', async () => {
    const there = open('there');
    const here = open('here', { namesAtMost: 100 });
    await passes(clock, 1_500);
    forget(there);
    network.accept = refuse;
    for (let at = 0; at < 105; at++) {
      here.bus.changed(namespace, [`k${at}`]);
      await settled();
    }
    network.accept = () => Promise.resolve();
    await passes(clock, 2_000);
    // The first was refused, a hundred waited, and one more was too much.
    expect(there.heard).toEqual(['doubt: new-epoch', 'changed k102 k103 k104']);
    expect(here.facts).toEqual(['connected', 'publish-failed', 'overflow']);
  });

  it('is told of a new epoch where one tick tells too much', async () => {
    const there = open('there');
    const here = open('here', { namesAtMost: 100 });
    await passes(clock, 1_500);
    forget(there);
    here.bus.changed(
      namespace,
      Array.from({ length: 101 }, (_, at) => `k${at}`),
    );
    await passes(clock, 10);
    expect(there.heard).toEqual(['doubt: new-epoch']);
  });

  it('is told of a new epoch where a name fits into no frame', async () => {
    const [here, there] = await openAll('here', 'there');
    here?.bus.released(namespace, ['x'.repeat(65_536)]);
    here?.bus.changed(namespace, ['a']);
    await passes(clock, 10);
    expect(there?.heard).toEqual(['doubt: new-epoch', 'changed a']);
  });

  it('has the same key told again and again without end, for it is kept once', async () => {
    const there = open('there');
    const here = open('here', { namesAtMost: 100 });
    await passes(clock, 1_500);
    forget(there);
    network.accept = refuse;
    for (let at = 0; at < 1_000; at++) here.bus.changed(namespace, [`k${at % 30}`]);
    await passes(clock, 1_000);
    network.accept = () => Promise.resolve();
    await passes(clock, 1_000);
    expect(there.heard).toEqual([`changed ${Array.from({ length: 30 }, (_, at) => `k${at}`).join(' ')}`]);
  });

  it('that never answers has failed after two heartbeats', async () => {
    const [here, there] = await openAll('here', 'there');
    network.accept = () => new Promise(() => {});
    const said = here?.bus.publish(namespace, 'news', Buffer.from('hello'));
    const outcome = expect(said).rejects.toMatchObject({ code: 'LARDER_BUS_FAILED' });
    here?.bus.changed(namespace, ['a']);
    await settled();
    network.accept = () => Promise.resolve();
    await passes(clock, 1_500);
    expect(here?.facts).toEqual([]);
    await passes(clock, 510);
    await outcome;
    expect(here?.facts).toEqual(['publish-failed']);
    expect(there?.heard).toEqual(['changed a']);
  });

  it('that throws at once fails like any other', async () => {
    const broken = () => {
      throw new Error('not even a promise');
    };
    const here = openParty({ name: 'broken', open: () => ({ ...neverThere, publish: broken }) }, clock);
    here.bus.changed(namespace, ['a']);
    await passes(clock, 1_000);
    expect(here.facts).toEqual(['publish-failed']);
    await here.bus.close();
  });
});

describe('a message', () => {
  it('comes after what was told before it', async () => {
    const [here, there] = await openAll('here', 'there');
    here?.bus.changed(namespace, ['a']);
    const said = here?.bus.publish(namespace, 'news', Buffer.from('a was changed'));
    await passes(clock, 10);
    await said;
    expect(there?.heard).toEqual(['changed a', 'message on news: a was changed']);
  });

  it('comes in the order of its sender, many to a frame', async () => {
    const [here, there] = await openAll('here', 'there');
    const texts = Array.from({ length: 500 }, (_, at) => `${at} ${'x'.repeat(at)}`);
    const said = texts.map((text) => here?.bus.publish(namespace, 'c', Buffer.from(text)));
    await passes(clock, 100, 1);
    await Promise.all(said);
    expect(there?.heard).toEqual(texts.map((text) => `message on c: ${text}`));
    expect(framesFrom('here').length).toBeLessThan(10);
  });

  it('is as it was when it was published', async () => {
    const [here, there] = await openAll('here', 'there');
    const bytes = Buffer.from('hello');
    const said = here?.bus.publish(namespace, 'c', bytes);
    bytes.fill('x');
    await passes(clock, 10);
    await said;
    expect(there?.heard).toEqual(['message on c: hello']);
  });

  it('rejects where the transport refuses it, and is not sent later, though what was told is', async () => {
    const [here, there] = await openAll('here', 'there');
    network.accept = () => Promise.reject(new Error('away'));
    here?.bus.changed(namespace, ['a']);
    const said = here?.bus.publish(namespace, 'c', Buffer.from('hello'));
    await expect(said).rejects.toMatchObject({ code: 'LARDER_BUS_FAILED' });
    const later = here?.bus.publish(namespace, 'c', Buffer.from('hello'));
    await expect(later).rejects.toMatchObject({ code: 'LARDER_BUS_FAILED' });
    network.accept = () => Promise.resolve();
    await passes(clock, 2_000);
    expect(there?.heard).toEqual(['changed a']);
    await here?.bus.publish(namespace, 'c', Buffer.from('again'));
    await passes(clock, 10);
    expect(there?.heard).toEqual(['changed a', 'message on c: again']);
    expect(there?.doubts).toEqual([]);
  });

  it('rejects with all others of its frame and behind it, and leaves no gap', async () => {
    const [here, there] = await openAll('here', 'there');
    network.accept = () => Promise.reject(new Error('away'));
    const large = Buffer.alloc(40_000);
    const said = [1, 2, 3].map(() => here?.bus.publish(namespace, 'c', large));
    for (const each of said) await expect(each).rejects.toMatchObject({ code: 'LARDER_BUS_FAILED' });
    network.accept = () => Promise.resolve();
    await passes(clock, 3_000);
    expect(there?.heard).toEqual([]);
  });

  it('that fits into no frame is refused, and says what to do', async () => {
    const [here, there] = await openAll('here', 'there');
    const longest = longestMessage(namespace, 'c');
    const tooLong = here?.bus.publish(namespace, 'c', Buffer.alloc(longest + 1));
    await expect(tooLong).rejects.toThrow(
      `at most ${longest} bytes, and this has ${longest + 1}: keep it in the cache`,
    );
    const said = here?.bus.publish(namespace, 'c', Buffer.alloc(longest, 'x'));
    await passes(clock, 10);
    await said;
    expect(there?.heard).toEqual([`message on c: ${'x'.repeat(longest)}`]);
  });

  it('is refused where more wait than 8 MiB', async () => {
    const [here] = await openAll('here');
    network.accept = () => new Promise(() => {});
    const large = Buffer.alloc(60_000);
    const outcomes = Array.from({ length: 200 }, () => here?.bus.publish(namespace, 'c', large).then(null, String));
    const refused = await Promise.race(outcomes);
    expect(refused).toMatch(/BusError: More messages wait/);
    await Promise.all([here?.bus.close(), passes(clock, 1_000), ...outcomes]);
  });
});

describe('what a store tells of', () => {
  it('is heard as stored keys of their namespaces: it may be this process that wrote, and no source has changed', async () => {
    const [here] = await openAll('here');
    const heard: string[] = [];
    here?.bus.join('4:shop4:user:', memberOf(heard));
    const keys = ['4:shop4:user:a', ':b', '4:shop4:user:c:d', 'of somebody else', '4:none:e'];
    network.tell('here', (listener) => listener.storeWrote(keys));
    expect(heard).toEqual(['filled a c:d']);
    expect(here?.heard).toEqual(['filled b']);
  });

  it('gives cause to doubt where it is a record of invalidations', async () => {
    const [here] = await openAll('here');
    network.tell('here', (listener) => listener.storeWrote(['#:', ':a', '#:tnews']));
    expect(here?.heard).toEqual(['doubt: records-written', 'filled a']);
  });
});

describe('close', () => {
  it('sends what waits, then a farewell, and is done', async () => {
    const [here, there] = await openAll('here', 'there');
    here?.bus.changed(namespace, ['a']);
    const said = here?.bus.publish(namespace, 'c', Buffer.from('last words'));
    await here?.bus.close();
    await said;
    await passes(clock, 10_000);
    expect(there?.heard).toEqual(['changed a', 'message on c: last words']);
  });

  it('may be called twice, and leaves no timer', async () => {
    const here = open('here');
    await passes(clock, 100);
    const timers = clock.pendingTasks();
    expect(timers).toBeGreaterThan(0);
    await Promise.all([here.bus.close(), here.bus.close()]);
    await here.bus.close();
    await passes(clock, 10);
    expect(clock.pendingTasks()).toBe(0);
  });

  it('ends what is heard, told and published', async () => {
    const [here, there] = await openAll('here', 'there');
    await here?.bus.close();
    network.published.length = 0;
    here?.bus.changed(namespace, ['a']);
    here?.bus.filled(namespace, ['a']);
    here?.bus.released(namespace, ['a']);
    here?.bus.cleared(namespace, 1);
    here?.bus.tagsInvalidated(namespace, ['t'], 1, true);
    await expect(here?.bus.publish(namespace, 'c', Buffer.from(''))).rejects.toMatchObject({ code: 'LARDER_CLOSED' });
    there?.bus.changed(namespace, ['b']);
    await passes(clock, 10_000);
    expect(here?.heard).toEqual([]);
    expect(framesFrom('here')).toEqual([]);
  });

  it('says no farewell where something could not be told: the others doubt', async () => {
    const [here, there] = await openAll('here', 'there');
    network.accept = (from) => (from === 'here' ? Promise.reject(new Error('away')) : Promise.resolve());
    here?.bus.changed(namespace, ['a']);
    await settled();
    await here?.bus.close();
    network.accept = () => Promise.resolve();
    await passes(clock, 3_000);
    expect(there?.heard).toEqual(['doubt: silence']);
  });

  it('waits no longer than half a second for a transport that hangs, and nobody waits for a message for ever', async () => {
    const hanging = { publish: () => new Promise<void>(() => {}), close: () => new Promise<void>(() => {}) };
    const here = openParty({ name: 'hangs', open: () => hanging }, clock);
    const said = here.bus.publish(namespace, 'c', Buffer.from('hello'));
    const outcome = expect(said).rejects.toMatchObject({ code: 'LARDER_BUS_FAILED' });
    const closing = here.bus.close();
    await passes(clock, 500);
    await outcome;
    await passes(clock, 500);
    await closing;
    expect(clock.pendingTasks()).toBe(0);
  });
});

describe('who hears again', () => {
  const isCutOff = (name: string) => network.tell(name, (listener) => listener.disconnected());
  const isBack = (name: string) => network.tell(name, (listener) => listener.connected());

  it('has caught up at once where nobody was there', async () => {
    const [here] = await openAll('here');
    isCutOff('here');
    isBack('here');
    expect(here?.caughtUpAt).toEqual([clock.now()]);
  });

  it('has caught up when each that was there has spoken, and what it could not tell was heard before', async () => {
    const [here, there, third] = await openAll('here', 'there', 'third');
    network.accept = async (from) => {
      if (from === 'there') throw new Error('cut off');
    };
    isCutOff('here');
    there?.bus.changed(namespace, ['k']);
    isBack('here');
    await passes(clock, 1_200);
    expect(third?.caughtUpAt).toEqual([]);
    expect(here?.caughtUpAt).toEqual([]);
    network.accept = () => Promise.resolve();
    await passes(clock, 600);
    expect(here?.heard.filter((text) => !text.startsWith('doubt'))).toEqual(['changed k']);
    expect(here?.caughtUpAt).toHaveLength(1);
  });

  it('has caught up when those who do not speak count as silent, of which it is in doubt before', async () => {
    const [here] = await openAll('here', 'there');
    network.kill('there');
    isCutOff('here');
    isBack('here');
    await passes(clock, 2_000);
    expect(here?.caughtUpAt).toEqual([]);
    await passes(clock, 2_000);
    expect(here?.caughtUpAt).toHaveLength(1);
    expect(here?.doubts.find(({ why }) => why === 'silence')?.at).toBe(here?.caughtUpAt[0]);
  });
});
