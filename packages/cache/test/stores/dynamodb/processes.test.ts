import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dynamoStore } from '../../../src/stores/dynamodb/index.js';
import { type DynamoServer, noDynamoServer, skippedBecause, startDynamoServer } from '../../servers/dynamodb.js';

const script = fileURLToPath(new URL('children/contend.mjs', import.meta.url));

/** Runs the built package, as `npm test` leaves it. */
async function contend(table: object, task: string, names: readonly string[]): Promise<number[][]> {
  const children = names.map((name) => {
    const child = spawn(process.execPath, ['--no-warnings', script, JSON.stringify(table), task, name], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    return { child, output: outputOf(child) };
  });
  await Promise.all(children.map(({ child }) => once(child.stdout, 'data')));
  for (const { child } of children) child.stdin.write('go\n');
  const outputs = await Promise.all(children.map(({ output }) => output));
  return outputs.map((output) => JSON.parse(output.trim().split('\n').at(-1) ?? '').won);
}

async function outputOf(child: ChildProcess): Promise<string> {
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  return output;
}

describe.skipIf(noDynamoServer)(`several processes on one table of DynamoDB${skippedBecause}`, () => {
  let server: DynamoServer;
  beforeAll(async () => {
    server = await startDynamoServer();
  });
  afterAll(() => server.stop());

  it('count exactly 600 when three of them each count to 200 on one key', async () => {
    const table = await server.newTable();
    await contend(table, 'increment', ['a', 'b', 'c']);
    const store = dynamoStore(table);
    const [counter] = await store.get(['counter'], { now: Date.now() });
    await store.close();
    expect(Buffer.from(counter?.bytes ?? []).toString()).toBe('600');
  });

  it('let exactly one of them add each of 100 keys', async () => {
    const won = await contend(await server.newTable(), 'add', ['a', 'b', 'c']);
    expect(won.flat().sort((left, right) => left - right)).toEqual(Array.from({ length: 100 }, (_, index) => index));
  });
});
