import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConcurrencySlots } from '../../../src/modules/limits/concurrency-slots.js';

describe('a slot is free again', () => {
  const slots = new ConcurrencySlots();
  const responses: ServerResponse[] = [];
  const server = createServer((_request, response) => {
    if (!slots.take(2, response)) response.statusCode = 429;
    responses.push(response);
    if (response.statusCode === 429) response.end();
  });
  let socket: Socket;
  beforeEach(async () => {
    responses.length = 0;
    if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening');
    socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    await once(socket, 'connect');
  });
  afterEach(async () => {
    socket.destroy();
    await expect.poll(() => slots.taken).toBe(0);
  });

  const send = (count: number) => socket.write('GET / HTTP/1.1\r\nHost: larder\r\n\r\n'.repeat(count));

  it('when the answer is sent', async () => {
    send(1);
    await expect.poll(() => slots.taken).toBe(1);
    responses[0]?.end('x');
    await expect.poll(() => slots.taken).toBe(0);
  });

  it('when the client goes away', async () => {
    send(1);
    await expect.poll(() => slots.taken).toBe(1);
    socket.destroy();
    await expect.poll(() => slots.taken).toBe(0);
  });

  it('when the client goes away that has sent requests ahead, whose answers never got a socket', async () => {
    send(3);
    await expect.poll(() => [slots.taken, responses.length]).toEqual([2, 3]);
    expect(responses.map(({ statusCode }) => statusCode)).toEqual([200, 200, 429]);
    socket.destroy();
    await expect.poll(() => slots.taken).toBe(0);
  });

  it('and is not taken for a request whose client has gone', async () => {
    send(1);
    await expect.poll(() => responses.length).toBe(1);
    const [response] = responses;
    socket.destroy();
    await expect.poll(() => response?.closed).toBe(true);
    expect(response && slots.take(2, response)).toBe(true);
    expect(slots.taken).toBe(0);
  });
});
