// Serves a store in memory over TCP, a JSON value a line; prints its port, and ends with its standard input.
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { memoryMapStore } from '../../../dist/testing/index.js';

const store = memoryMapStore();
const never = 'never';
const stored = ({ bytes, expiresAt, ...rest }) => ({
  ...rest,
  bytes: Uint8Array.from(Buffer.from(bytes, 'base64')),
  expiresAt: expiresAt === never ? Number.POSITIVE_INFINITY : expiresAt,
});
const sent = (entry) =>
  entry && {
    ...entry,
    bytes: Buffer.from(entry.bytes).toString('base64'),
    expiresAt: entry.expiresAt === Number.POSITIVE_INFINITY ? never : entry.expiresAt,
  };

const methods = {
  get: async (keys, call) => (await store.get(keys, call)).map((entry) => sent(entry) ?? null),
  set: (writes, call) => store.set(writes.map(stored), call),
  delete: (keys, call) => store.delete(keys, call),
  scan: (prefix, page, call) => store.scan(prefix, page, call),
  byIndex: (term, page, call) => store.byIndex(term, page, call),
  prune: (limit, call) => store.prune(limit, call),
};

const server = createServer((socket) => {
  socket.on('error', () => socket.destroy());
  createInterface({ input: socket }).on('line', async (line) => {
    const { id, method, given } = JSON.parse(line);
    const answer = await methods[method](...given);
    socket.write(`${JSON.stringify({ id, answer })}\n`);
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.on('end', () => process.exit()).resume();
