import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linesOf, writeHeadFor } from '../../src/http/answer-head.js';

const constant = ['Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff'];
const body = 'the body';

interface Answer {
  readonly status: number;
  readonly fields: string[];
  readonly closes?: boolean;
}

const answers: Readonly<Record<string, Answer>> = {
  plain: { status: 200, fields: ['ETag', '"abc"', 'Content-Type', 'text/plain; charset=utf-8'] },
  'without fields': { status: 200, fields: [] },
  'a problem': { status: 429, fields: ['Retry-After', '7'] },
  'the last of its connection': { status: 503, fields: ['Retry-After', '1'], closes: true },
  'with a tab and Latin-1': { status: 200, fields: ['X-Note', 'a\tb \xe9'] },
};

describe('the head of an answer', () => {
  let server: Server;
  let isOurs = false;
  beforeAll(async () => {
    server = createServer((request, response) => {
      const { status, fields, closes } = answers[decodeURI(request.url ?? '').slice(1)] as Answer;
      if (closes === true) response.shouldKeepAlive = false;
      // It is another from second to second.
      response.sendDate = false;
      if (isOurs) expect(writeHeadFor(response, status, fields, linesOf(constant), body.length)).toBe(true);
      else response.writeHead(status, [...fields, ...constant, 'Content-Length', String(body.length)]);
      expect([response.headersSent, response.statusCode]).toEqual([true, status]);
      response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  /** The bytes of the answer; the connection is ended behind the request. */
  function answerTo(request: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
      let received = '';
      socket.setEncoding('latin1');
      socket.on('data', (text) => {
        received += text;
        if (received.includes('\r\n\r\n')) socket.end();
      });
      socket.on('close', () => resolve(received));
      socket.on('error', reject);
      socket.write(request);
    });
  }

  const requests = {
    'HTTP/1.1': (path: string) => `GET /${path} HTTP/1.1\r\nHost: larder\r\n\r\n`,
    'HTTP/1.1 that closes': (path: string) => `GET /${path} HTTP/1.1\r\nHost: larder\r\nConnection: close\r\n\r\n`,
    'HTTP/1.0': (path: string) => `GET /${path} HTTP/1.0\r\n\r\n`,
    'HTTP/1.0 that keeps alive': (path: string) => `GET /${path} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`,
    HEAD: (path: string) => `HEAD /${path} HTTP/1.1\r\nHost: larder\r\n\r\n`,
  };

  describe.each(Object.entries(requests))('to %s', (_, request) => {
    it.each(Object.keys(answers))('is byte for byte what writeHead makes: %s', async (name) => {
      const asked = request(encodeURI(name));
      isOurs = false;
      const theirs = await answerTo(asked);
      isOurs = true;
      const ours = await answerTo(asked);
      expect(theirs).toMatch(/^HTTP\/1\.1 \d{3} /);
      expect(ours).toBe(theirs);
    });
  });
});

it.each(['a\r\nX-Injected: 1', 'a\nb', '\u0000', '\u20ac'])(
  'is left to writeHead, which refuses it, with the value %j',
  (value) => {
    const response = { _storeHeader: () => expect.fail('It was written.') } as unknown as ServerResponse;
    expect(writeHeadFor(response, 200, ['X', value], '', 0)).toBe(false);
  },
);

it('is left to writeHead where Node has no such step', () => {
  expect(writeHeadFor({} as ServerResponse, 200, [], '', 0)).toBe(false);
});
