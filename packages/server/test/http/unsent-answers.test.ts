import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { beforeEach, describe, expect, it } from 'vitest';
import { createUnsentAnswers, type UnsentAnswers } from '../../src/http/unsent-answers.js';

/** A connection that takes nothing, and whose end is told when the system has closed it. */
class Connection extends EventEmitter {
  destroyed = false;
  destroy(): void {
    this.destroyed = true;
  }
}

class Answer extends EventEmitter {
  writableLength = 0;
  readonly req: { socket: Connection };

  constructor(socket: Connection) {
    super();
    this.req = { socket };
  }

  end(body: Uint8Array): void {
    this.writableLength = body.length;
  }
}

describe('answers that nobody takes', () => {
  const most = 100;
  let unsent: UnsentAnswers;
  beforeEach(() => {
    unsent = createUnsentAnswers(most);
  });

  function answer(bytes: number | Uint8Array, socket = new Connection()): { socket: Connection; response: Answer } {
    const response = new Answer(socket);
    const body = typeof bytes === 'number' ? new Uint8Array(bytes) : bytes;
    unsent.end(response as unknown as ServerResponse, body);
    return { socket, response };
  }

  const isCut = ({ socket }: { socket: Connection }) => socket.destroyed;

  it('may have so many bytes together; beyond that the oldest are cut', () => {
    const answers = [answer(40), answer(40), answer(20)];
    expect(answers.map(isCut)).toEqual([false, false, false]);
    answers.push(answer(1));
    expect(answers.map(isCut)).toEqual([true, false, false, false]);
    answers.push(answer(41));
    expect(answers.map(isCut)).toEqual([true, true, false, false, false]);
  });

  it('count no more when they have been taken, or their connection has ended', () => {
    const [first, second] = [answer(50), answer(50)];
    first.response.emit('close');
    second.socket.emit('close');
    const answers = [answer(50), answer(50)];
    expect(answers.map(isCut)).toEqual([false, false]);
  });

  it('count once where many wait for the same bytes', () => {
    const body = new Uint8Array(60);
    const answers = [answer(body), answer(body), answer(body), answer(40)];
    expect(answers.map(isCut)).toEqual([false, false, false, false]);
    answers[0]?.response.emit('close');
    answers.push(answer(1));
    expect(answers.map(isCut)).toEqual([false, true, true, false, false]);
  });

  it('are not even begun while what was cut is still in memory', () => {
    const answers = Array.from({ length: 5 }, () => answer(50));
    expect(answers.map(isCut)).toEqual([true, true, true, false, false]);
    const refused = answer(50);
    expect([isCut(refused), refused.response.writableLength]).toEqual([true, 0]);
    answers[0]?.socket.emit('close');
    expect(isCut(answer(50))).toBe(false);
  });
});
