import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from './free-port.js';
import { MessageFilter, subscribes } from './message-filter.js';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.js';

describe('a proxy before a server that says what it is told', () => {
  let server: Server;
  let proxy: TcpProxy;
  let socket: Socket;
  let heard: string;

  const open = async () => {
    const opened = connect(proxy.port, '127.0.0.1');
    opened.on('error', () => {});
    opened.on('data', (chunk) => {
      heard += chunk;
    });
    await once(opened, 'connect');
    return opened;
  };
  // `once` would reject with the error that comes before.
  const closeOf = (opened: Socket) => new Promise((resolve) => opened.once('close', resolve));
  const untilHeard = (text: string) => expect.poll(() => heard).toBe(text);

  beforeEach(async () => {
    heard = '';
    const port = await freePort();
    server = createServer((client) => {
      client.on('error', () => {});
      client.pipe(client);
    }).listen(port, '127.0.0.1');
    await once(server, 'listening');
    proxy = await startTcpProxy(port);
    socket = await open();
  });
  afterEach(async () => {
    socket.destroy();
    await proxy.stop();
    server.close();
  });

  it('passes everything on', async () => {
    socket.write('one');
    await untilHeard('one');
  });

  it('breaks connections, and takes new ones', async () => {
    const closed = closeOf(socket);
    proxy.reset();
    await closed;
    socket = await open();
    socket.write('one');
    await untilHeard('one');
  });

  it('breaks new connections, too, until it is healed', async () => {
    proxy.cut();
    const opened = connect(proxy.port, '127.0.0.1');
    opened.on('error', () => {});
    await closeOf(opened);
    proxy.heal();
    socket = await open();
    socket.write('one');
    await untilHeard('one');
  });

  it('holds everything back in a black hole, and hands it on afterwards', async () => {
    proxy.blackHole();
    socket.write('one');
    const late = await open();
    late.write('two');
    const other = await startTcpProxy((server.address() as AddressInfo).port);
    const undisturbed = connect(other.port, '127.0.0.1');
    undisturbed.write('three');
    // What goes another way meanwhile is answered.
    expect(String((await once(undisturbed, 'data'))[0])).toBe('three');
    expect(heard).toBe('');
    proxy.heal();
    await expect.poll(() => heard.length).toBe('onetwo'.length);
    undisturbed.destroy();
    late.destroy();
    await other.stop();
  });

  it('delays, and keeps the order when the delay ends', async () => {
    const start = performance.now();
    proxy.delay(80);
    socket.write('one');
    // Back from the server by now, were it not for the proxy.
    const other = connect((server.address() as AddressInfo).port, '127.0.0.1');
    other.write('x');
    await once(other, 'data');
    other.destroy();
    proxy.heal();
    socket.write('two');
    await untilHeard('onetwo');
    expect(performance.now() - start).toBeGreaterThanOrEqual(79);
  });
});

describe('what a subscriber is told', () => {
  const message = '*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$10\r\n1\r\n*3\r\n$\r\n\r\n';
  const pushed = '>2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n';
  const reply = '*2\r\n$4\r\npong\r\n*2\r\n:1\r\n$-1\r\n';

  it('goes on as a whole, however it is cut, or without the messages', () => {
    const all = Buffer.from(`+OK\r\n${message}${reply}${pushed}%1\r\n+a\r\n:1\r\n`);
    for (let size = 1; size <= all.length; size++) {
      const [whole, rest] = [new MessageFilter(), new MessageFilter()];
      let [passed, kept] = ['', ''];
      for (let at = 0; at < all.length; at += size) {
        passed += whole.pass(all.subarray(at, at + size), false);
        kept += rest.pass(all.subarray(at, at + size), true);
      }
      expect(passed).toBe(all.toString());
      expect(kept).toBe(`+OK\r\n${reply}%1\r\n+a\r\n:1\r\n`);
    }
  });

  it('begins with a subscription', () => {
    expect(subscribes(Buffer.from('*2\r\n$10\r\nSSUBSCRIBE\r\n$1\r\nc\r\n'))).toBe(true);
    expect(subscribes(Buffer.from('*2\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n'))).toBe(true);
    expect(subscribes(Buffer.from('*2\r\n$3\r\nGET\r\n$1\r\nc\r\n'))).toBe(false);
  });
});
