import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { fakeClock } from '@larder/cache/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { defaultEventLimits } from '../../../src/modules/events/event-limits.js';
import { EventLog } from '../../../src/modules/events/event-log.js';
import { EventStream, type EventStreamParts } from '../../../src/modules/events/event-stream.js';

/** A connection that is full when the test says so. */
class Connection extends EventEmitter {
  text = '';
  isFull = false;
  state: 'open' | 'ended' | 'destroyed' = 'open';
  write(part: string): boolean {
    if (this.state !== 'open') throw new Error('Written to after its end.');
    this.text += part;
    return !this.isFull;
  }
  end(): void {
    this.state = 'ended';
    this.emit('close');
  }
  destroy(): void {
    this.state = 'destroyed';
    this.emit('close');
  }
}

const name = 'abcdefghijkl';
const limits = { ...defaultEventLimits, loggedEvents: 20 };
const clock = fakeClock();
let log: EventLog;
let connection: Connection;
let hasLeft: boolean;

function open(parts: Partial<EventStreamParts> = {}): EventStream {
  return new EventStream({
    response: connection as unknown as ServerResponse,
    whenOver: (task) => connection.on('close', task),
    reader: {
      log,
      leave: () => {
        hasLeft = true;
      },
    },
    beginning: { position: log.last, hasMissed: false },
    covers: 'all',
    reaches: undefined,
    isAllowed: async () => true,
    heartbeat: 15_000,
    stallTimeout: 30_000,
    timers: clock,
    ...parts,
  });
}

beforeEach(() => {
  log = new EventLog({ name, limits, room: { bytes: 0 }, timers: clock });
  connection = new Connection();
  hasLeft = false;
});

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a stream of events', () => {
  it('begins with ready, and tells each event as text/event-stream', () => {
    open();
    log.keys('change', ['a\n', '"é"']);
    clock.advance(5);
    log.tell({ type: 'invalidate-tags', tags: ['t'], remove: true });
    log.tell({ type: 'clear' });
    expect(connection.text).toBe(
      [
        `id: ${name}-1\nevent: ready\ndata: {"covers":"all"}\n\n`,
        `id: ${name}-2\nevent: change\ndata: {"keys":["a\\n","\\"é\\""]}\n\n`,
        `id: ${name}-3\nevent: invalidate-tags\ndata: {"tags":["t"],"remove":true}\n\n`,
        `id: ${name}-4\nevent: clear\ndata: {}\n\n`,
      ].join(''),
    );
  });

  it('whose reader has missed something, and is cut off behind ready, leads to a reset when it comes back', () => {
    open({ beginning: { position: 1, hasMissed: true } });
    expect(connection.text).toBe(
      `id: ${name}-0\nevent: ready\ndata: {"covers":"all"}\n\nid: ${name}-1\nevent: reset\ndata: {}\n\n`,
    );
  });

  it('tells who reaches some keys of those alone, and resets where that cannot be told', () => {
    open({ reaches: (key) => key.startsWith('a:') });
    connection.text = '';
    log.keys('change', ['a:1', 'b:1']);
    log.keys('expire', ['b:2']);
    log.tell({ type: 'invalidate-tags', tags: ['secret'], remove: false });
    log.tell({ type: 'clear' });
    expect(connection.text).toBe(
      [
        `id: ${name}-2\nevent: change\ndata: {"keys":["a:1"]}\n\n`,
        `id: ${name}-4\nevent: reset\ndata: {}\n\n`,
        `id: ${name}-5\nevent: reset\ndata: {}\n\n`,
      ].join(''),
    );
  });

  it('sends nothing to a full connection, and goes on where it stood when that has room', () => {
    connection.isFull = true;
    open();
    const before = connection.text;
    for (let at = 0; at < 10; at++) log.tell({ type: 'clear' });
    expect(connection.text).toBe(before);
    connection.isFull = false;
    connection.emit('drain');
    expect(connection.text.match(/event: clear/g)).toHaveLength(10);
    expect(connection.state).toBe('open');
  });

  it('that is read so slowly that events are gone ends with a reset', () => {
    connection.isFull = true;
    open();
    for (let at = 0; at < 21; at++) log.tell({ type: 'clear' });
    connection.emit('drain');
    expect(connection.text).toMatch(new RegExp(`id: ${name}-22\nevent: reset\ndata: {}\n\n$`));
    expect([connection.text.includes('clear'), connection.state, hasLeft]).toEqual([false, 'ended', true]);
  });

  it('that is not read at all is given up', async () => {
    connection.isFull = true;
    open();
    clock.advance(15_000);
    await settled();
    expect(connection.state).toBe('open');
    clock.advance(15_000);
    await settled();
    expect([connection.state, hasLeft]).toEqual(['destroyed', true]);
    expect(connection.text).not.toContain(':\n\n:\n\n');
  });

  it('sends a comment when nothing else is to be sent', async () => {
    open();
    for (let beat = 0; beat < 3; beat++) {
      clock.advance(15_000);
      await settled();
    }
    expect(connection.text.endsWith('\n\n:\n\n:\n\n:\n\n')).toBe(true);
  });

  it('ends when its API key does not hold any more', async () => {
    let isAllowed = true;
    open({ isAllowed: async () => isAllowed });
    clock.advance(15_000);
    await settled();
    expect(connection.state).toBe('open');
    isAllowed = false;
    clock.advance(15_000);
    await settled();
    expect([connection.state, hasLeft]).toEqual(['ended', true]);
  });

  it('leaves nothing behind when the reader has gone', () => {
    const tasks = clock.pendingTasks();
    open();
    connection.destroy();
    expect([hasLeft, clock.pendingTasks()]).toEqual([true, tasks]);
    log.tell({ type: 'clear' });
  });
});
