import { afterAll } from 'vitest';
import { type RedisServer, startRedis } from './redis.js';

let server: Promise<RedisServer> | undefined;
let prefixes = 0;

/** One server for all tests of a file, started when the first asks for it. */
export function sharedRedis(): Promise<RedisServer> {
  server ??= startRedis();
  return server;
}

/** No two tests share a prefix, so none has to empty the server. */
export function newPrefix(): string {
  prefixes++;
  return `test-${prefixes}:`;
}

afterAll(async () => {
  await (await server)?.stop();
});
