import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type DeliveryTransport, sendDelivery } from '../../../src/modules/webhooks/send-delivery.js';
import type { Timers } from '../../../src/timers.js';

const opensslIsMissing = (() => {
  try {
    execFileSync('openssl', ['version']);
    return false;
  } catch {
    return true;
  }
})();

const now = Date.UTC(2024, 0, 1);
const timers: Timers = {
  schedule(task, delay) {
    const timer = setTimeout(task, delay);
    return () => clearTimeout(timer);
  },
};
const secret = 'a secret of the tests';
const body = '{"id":"evt_1","data":"é"}';
const servers: Server[] = [];
let received: { request: IncomingMessage; body: string; serverName: unknown }[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
  received = [];
});

async function listening(server: Server, address = '127.0.0.1'): Promise<number> {
  servers.push(server);
  server.listen(0, address);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const answering =
  (answer: RequestListener): RequestListener =>
  (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part) => parts.push(part));
    request.on('end', () => {
      const serverName = (request.socket as TLSSocket).servername;
      received.push({ request, body: Buffer.concat(parts).toString(), serverName });
      answer(request, response);
    });
  };
const withStatus = (status: number, fields = {}) =>
  answering((_, response) => response.writeHead(status, fields).end());

/** Answers with these, one after the other; the last one again and again. */
function resolver(...answers: readonly (readonly string[])[]) {
  const asked: string[] = [];
  const resolve = async (host: string) => {
    asked.push(host);
    return answers[Math.min(asked.length, answers.length) - 1] ?? [];
  };
  return { asked, resolve };
}

function send(url: string, transport: Partial<DeliveryTransport> = {}, attempts = 0) {
  const signal = new AbortController().signal;
  return sendDelivery(
    { url, secret, body, attempts, signal },
    {
      ...{ resolve: resolver(['127.0.0.1']).resolve, allowsLoopback: true, now: () => now },
      ...{ timers, timeout: 5_000 },
      ...transport,
    },
  );
}

describe('a delivery', () => {
  it('is a POST of the body, signed with the time', async () => {
    const port = await listening(createHttpServer(withStatus(204)));
    expect(await send(`http://hooks.example:${port}/path?q=1`)).toEqual({ ok: true });
    const [only] = received;
    expect([only?.request.method, only?.request.url, only?.body]).toEqual(['POST', '/path?q=1', body]);
    const headers = only?.request.headers ?? {};
    expect(headers.host).toBe(`hooks.example:${port}`);
    expect(headers['content-type']).toBe('application/json');
    const time = now / 1_000;
    const expected = createHmac('sha256', secret).update(`${time}.${body}`).digest('hex');
    expect(headers['larder-signature']).toBe(`t=${time},v1=${expected}`);
  });

  it.each([301, 302, 303, 307, 308])('follows no redirect: %s', async (status) => {
    const target = await listening(createHttpServer(withStatus(200)));
    const port = await listening(createHttpServer(withStatus(status, { Location: `http://127.0.0.1:${target}/` })));
    expect(await send(`http://hooks.example:${port}/`)).toEqual({
      ok: false,
      reason: `it redirects (${status}), which is not followed`,
    });
    expect(received).toHaveLength(1);
  });

  it.each([400, 404, 410, 429, 500, 503])('has failed with %s', async (status) => {
    const port = await listening(createHttpServer(withStatus(status)));
    expect(await send(`http://hooks.example:${port}/`)).toEqual({ ok: false, reason: `it answered ${status}` });
  });

  it('does not wait for a server that accepts and says nothing', async () => {
    const port = await listening(createHttpServer(() => {}));
    const result = await send(`http://hooks.example:${port}/`, { timeout: 100 });
    expect(result).toEqual({ ok: false, reason: 'it did not answer within 100 ms' });
  });

  it('does not wait for a resolver that says nothing', async () => {
    const result = await send('http://hooks.example/', { timeout: 100, resolve: () => new Promise(() => {}) });
    expect(result).toEqual({ ok: false, reason: 'it did not answer within 100 ms' });
  });

  it('has been taken where the head of the answer says so, however long the body is, or takes', async () => {
    const endless = answering((_, response) => {
      response.writeHead(200);
      const pour = () => {
        while (response.write('x'.repeat(10_000)));
      };
      response.on('drain', pour);
      pour();
    });
    const slow = answering((_, response) => void response.writeHead(200).write('x'));
    for (const answer of [endless, slow]) {
      const port = await listening(createHttpServer(answer));
      expect(await send(`http://hooks.example:${port}/`, { timeout: 500 })).toEqual({ ok: true });
    }
  });

  it('fails where nobody listens, or the connection breaks', async () => {
    const gone = await listening(createHttpServer());
    servers.pop()?.close();
    expect(await send(`http://hooks.example:${gone}/`)).toEqual({
      ok: false,
      reason: 'the connection failed (ECONNREFUSED)',
    });
    const port = await listening(createHttpServer((request) => request.socket.destroy()));
    expect(await send(`http://hooks.example:${port}/`)).toEqual({
      ok: false,
      reason: 'the connection failed (ECONNRESET)',
    });
  });

  it('uses no proxy that the environment names', async () => {
    const proxy = await listening(createHttpServer(withStatus(502)));
    const port = await listening(createHttpServer(withStatus(204)));
    const names = ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
    const before = names.map((name) => process.env[name]);
    for (const name of names) process.env[name] = name.startsWith('NODE') ? '1' : `http://127.0.0.1:${proxy}`;
    expect(await send(`http://hooks.example:${port}/`)).toEqual({ ok: true });
    for (const [at, name] of names.entries()) {
      if (before[at] === undefined) delete process.env[name];
      else process.env[name] = before[at];
    }
  });
});

describe('the address of a delivery', () => {
  it('is the one that was judged: the host is looked up once, whatever it would answer next', async () => {
    const port = await listening(createHttpServer(withStatus(204)));
    const { asked, resolve } = resolver(['127.0.0.1'], ['10.0.0.1']);
    expect(await send(`http://rebinding.example:${port}/`, { resolve })).toEqual({ ok: true });
    expect(asked).toEqual(['rebinding.example']);
  });

  it('is judged anew at every delivery', async () => {
    const port = await listening(createHttpServer(withStatus(204)));
    const { resolve } = resolver(['127.0.0.1'], ['10.0.0.1'], ['::ffff:127.0.0.1'], ['127.0.0.1']);
    const results = [];
    for (let turn = 0; turn < 4; turn++) results.push(await send(`http://rebinding.example:${port}/`, { resolve }));
    expect(results.map(({ ok }) => ok)).toEqual([true, false, false, true]);
    expect(received).toHaveLength(2);
  });

  it('is never this machine’s without the flag, by name or by number', async () => {
    const port = await listening(createHttpServer(withStatus(204)));
    const allowsLoopback = false;
    for (const host of ['rebinding.example', '127.0.0.1', '127.1', '[::1]', '[::ffff:7f00:1]', '0']) {
      for (const scheme of ['http', 'https']) {
        expect((await send(`${scheme}://${host}:${port}/`, { allowsLoopback })).ok).toBe(false);
      }
    }
    expect(received).toEqual([]);
  });

  it('is refused over http without the flag, also where it is public', async () => {
    const { resolve } = resolver(['93.184.216.34']);
    const result = await send('http://hooks.example/', { resolve, allowsLoopback: false });
    expect(result).toEqual({ ok: false, reason: 'its URL is not https' });
  });
});

describe.skipIf(opensslIsMissing)('a delivery over TLS', () => {
  const folder = mkdtempSync(join(tmpdir(), 'larder-tls-'));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  let tls: { key: string; cert: string };
  beforeAll(() => {
    const subject = ['-subj', '/CN=hooks.example', '-addext', 'subjectAltName=DNS:hooks.example'];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
    execFileSync('openssl', ['req', '-x509', ...key, '-out', certFile, '-days', '2', ...subject], { stdio: 'ignore' });
    tls = { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') };
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('names the host to the server and holds its certificate against that name, not the address', async () => {
    const port = await listening(createHttpsServer(tls, withStatus(204)));
    expect(await send(`https://hooks.example:${port}/`, { ca: tls.cert })).toEqual({ ok: true });
    expect([received[0]?.serverName, received[0]?.request.headers.host]).toEqual([
      'hooks.example',
      `hooks.example:${port}`,
    ]);
  });

  it('is not sent to a server with a certificate of another host, or that nobody has signed', async () => {
    const port = await listening(createHttpsServer(tls, withStatus(204)));
    expect(await send(`https://other.example:${port}/`, { ca: tls.cert })).toEqual({
      ok: false,
      reason: 'the connection failed (ERR_TLS_CERT_ALTNAME_INVALID)',
    });
    expect(await send(`https://127.0.0.1:${port}/`, { ca: tls.cert })).toMatchObject({ ok: false });
    expect(await send(`https://hooks.example:${port}/`)).toMatchObject({
      ok: false,
      reason: expect.stringContaining('SELF_SIGNED'),
    });
    expect(received).toEqual([]);
  });

  it('is checked although the environment says that certificates need not be', async () => {
    const port = await listening(createHttpsServer(tls, withStatus(204)));
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    const result = await send(`https://hooks.example:${port}/`);
    if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    expect(result.ok).toBe(false);
  });
});
