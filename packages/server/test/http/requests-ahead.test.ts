import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { behindAnswers, takeInTurn } from '../../src/http/requests-ahead.js';

const most = 4;
const request = (at: number, more = '') => `GET /${at} HTTP/1.1\r\nHost: larder\r\n${more}\r\n`;
const requests = (count: number) => Array.from({ length: count }, (_, at) => request(at)).join('');

let server: Server;
let begun: { readonly url: string; readonly response: ServerResponse }[];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.close();
});

async function listen(): Promise<void> {
  begun = [];
  const take = takeInTurn(({ url = '' }, response) => begun.push({ url, response }), most);
  server = createServer(take).listen(0, '127.0.0.1');
  await once(server, 'listening');
}

async function send(bytes: string): Promise<{ received(): string; socket: Socket }> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  sockets.push(socket);
  let text = '';
  socket.on('error', () => {});
  socket.on('data', (data) => {
    text += data.toString();
  });
  await once(socket, 'connect');
  socket.write(bytes);
  return { received: () => text, socket };
}

it('no more than so many are begun behind the one that is answered', async () => {
  await listen();
  await send(requests(100));
  await expect.poll(() => begun.length).toBe(1 + most);
  for (let answered = 0; answered < 100; answered++) {
    await expect.poll(() => begun.length, { interval: 2 }).toBe(Math.min(100, 1 + most + answered));
    begun[answered]?.response.end();
  }
});

it('answers come in the order of the requests, in whichever order they are ready', async () => {
  await listen();
  const { received } = await send(requests(60));
  for (let answered = 0; answered < 60; ) {
    await expect.poll(() => begun.length).toBeGreaterThan(answered);
    const ready = begun.slice(answered).reverse();
    for (const { url, response } of ready) response.end(`<${url}>`);
    answered += ready.length;
  }
  const order = () => Array.from(received().matchAll(/<\/(\d+)>/g), ([, at]) => Number(at));
  await expect.poll(order).toEqual(Array.from({ length: 60 }, (_, at) => at));
});

it('while some wait, the connection is not read', async () => {
  await listen();
  const { socket } = await send(requests(20));
  await expect.poll(() => begun.length).toBe(1 + most);
  const [{ response } = { response: undefined }] = begun;
  expect(response?.req.socket.isPaused()).toBe(true);
  socket.write(requests(1));
  for (let answered = 0; answered < 21; answered++) {
    await expect.poll(() => begun.length).toBeGreaterThan(answered);
    begun[answered]?.response.end();
  }
});

it('none is begun any more when the connection is over', async () => {
  await listen();
  await send(requests(20));
  await expect.poll(() => begun.length).toBe(1 + most);
  begun[0]?.response.req.socket.destroy();
  for (const { response: late } of begun) late.end();
  await new Promise((resolve) => setImmediate(resolve));
  expect(begun).toHaveLength(1 + most);
});

it('what goes behind the answers waits for the last of those that came whole', async () => {
  await listen();
  const { received } = await send(requests(3));
  await expect.poll(() => begun.length).toBe(3);
  const socket = begun[0]?.response.req.socket as Socket;
  behindAnswers(socket, () => socket.end('<behind>'));
  for (const { response } of [...begun].reverse()) response.end('<answer>');
  await expect.poll(() => received().match(/<\w+>/g)).toEqual(['<answer>', '<answer>', '<answer>', '<behind>']);
});
