import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DynamoServer, noDynamoServer, skippedBecause, startDynamoServer } from '../../servers/dynamodb.js';

const run = promisify(execFile);
const larder = fileURLToPath(new URL('../../../../server/dist/main.js', import.meta.url));

describe.skipIf(noDynamoServer)(`larder setup dynamodb${skippedBecause}`, () => {
  let server: DynamoServer;
  beforeAll(async () => {
    server = await startDynamoServer();
  });
  afterAll(() => server.stop());

  it('makes the table, and says so when it is there already', async () => {
    const words = ['setup', 'dynamodb', '--table', 'larder', '--region', 'local', '--endpoint', server.endpoint];
    const env = { PATH: process.env.PATH, AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
    const setUp = async () => (await run(process.execPath, ['--no-warnings', larder, ...words], { env })).stdout;
    expect(await setUp()).toMatch(/^The table larder is set up: dynamoStore\({ table: 'larder' }\) can use it.\n$/);
    expect(await setUp()).toMatch(/^The table larder was set up already: /);
  });
});
