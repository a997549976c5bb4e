import type { ChildProcess } from 'node:child_process';
import { expect, it } from 'vitest';
import { rememberHandedConnection } from '../../src/workers/handed-connection.js';

it('the connection that a worker was handed last is closed when the worker has died', () => {
  const sent: unknown[] = [];
  const worker = { send: (...given: unknown[]) => sent.push(given) } as unknown as ChildProcess;
  const closed: string[] = [];
  const connection = (name: string) => ({ close: () => closed.push(name) }) as never;
  const close = rememberHandedConnection(worker);
  worker.send('first', connection('first'));
  worker.send('second', connection('second'));
  worker.send('a message');
  expect(closed).toEqual([]);
  close();
  expect(closed).toEqual(['second']);
  expect(sent).toHaveLength(3);
});

it('nothing is closed of a worker that was handed none', () => {
  const worker = { send: () => true } as unknown as ChildProcess;
  const close = rememberHandedConnection(worker);
  worker.send('a message');
  expect(close).not.toThrow();
});
