import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { CreateTableCommand, DescribeTableCommand, DescribeTimeToLiveCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDynamoTable } from '../../../src/stores/dynamodb/index.js';
import { type DynamoServer, noDynamoServer, skippedBecause, startDynamoServer } from '../../servers/dynamodb.js';
import { type ObservedClient, observedClient } from './observed-client.js';

const run = promisify(execFile);
const larder = fileURLToPath(new URL('../../../../server/dist/main.js', import.meta.url));

describe.skipIf(noDynamoServer)(`createDynamoTable${skippedBecause}`, () => {
  let server: DynamoServer;
  let client: ObservedClient;
  beforeAll(async () => {
    server = await startDynamoServer();
    const { table: _, ...where } = server.options('unused');
    client = observedClient(where);
  });
  afterAll(async () => {
    client.destroy();
    await server.stop();
  });

  it('makes a table that is billed by request and deletes what has expired', async () => {
    expect(await createDynamoTable(server.options('fresh'))).toEqual({ outcome: 'created' });
    expect(await client.send(new DescribeTableCommand({ TableName: 'fresh' }))).toMatchObject({
      Table: { TableStatus: 'ACTIVE', BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' } },
    });
    expect(await client.send(new DescribeTimeToLiveCommand({ TableName: 'fresh' }))).toMatchObject({
      TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' },
    });
  });

  it('leaves alone what is there, and finishes what is half done', async () => {
    await client.send(
      new CreateTableCommand({
        TableName: 'half',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: ['pk', 'sk'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
        KeySchema: [
          { AttributeName: 'pk', KeyType: 'HASH' },
          { AttributeName: 'sk', KeyType: 'RANGE' },
        ],
      }),
    );
    expect(await createDynamoTable({ client, table: 'half' })).toEqual({ outcome: 'created' });
    expect(await createDynamoTable({ client, table: 'half' })).toEqual({ outcome: 'already-there' });
  });

  it('may be called by several processes at the same time', async () => {
    const outcomes = await Promise.all([1, 2, 3].map(() => createDynamoTable(server.options('contended'))));
    expect(outcomes.map(({ outcome }) => outcome)).toContain('created');
  });

  it('refuses a table with another key', async () => {
    await client.send(
      new CreateTableCommand({
        TableName: 'other',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    );
    await expect(createDynamoTable(server.options('other'))).rejects.toMatchObject({
      code: 'LARDER_STORE_FAILED',
      message: expect.stringContaining('give another name'),
    });
  });

  it.each(['DescribeTable', 'CreateTable', 'UpdateTimeToLive'])(
    'answers with commands where %s is denied',
    async (denied) => {
      // DynamoDB Local allows everything: the refusal is put in between.
      client.instead = ({ name }) =>
        name === denied ? Promise.reject(Object.assign(new Error('no'), { name: 'AccessDeniedException' })) : undefined;
      const result = await createDynamoTable({ client, table: `denied-${denied}` });
      client.instead = undefined;
      expect(result).toEqual({
        outcome: 'not-allowed',
        problem: expect.stringContaining(`dynamodb:${denied}`),
        commands: [
          expect.stringMatching(/^aws dynamodb create-table --table-name denied-.* --billing-mode PAY_PER_REQUEST/),
          expect.stringMatching(/^aws dynamodb wait table-exists/),
          expect.stringMatching(/^aws dynamodb update-time-to-live .*Enabled=true,AttributeName=ttl$/),
        ],
      });
    },
  );

  it('refuses options that cannot be right', async () => {
    await expect(createDynamoTable({ table: 'x' })).rejects.toMatchObject({ code: 'LARDER_INVALID_OPTION' });
    await expect(createDynamoTable({ table: 'larder', prefix: 'x' } as never)).rejects.toThrow(/no option 'prefix'/);
  });

  it('is what `larder setup dynamodb` does, which says so when the table is there already', async () => {
    const words = ['setup', 'dynamodb', '--table', 'larder', '--region', 'local', '--endpoint', server.endpoint];
    const env = { PATH: process.env.PATH, AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
    const setUp = async () => (await run(process.execPath, ['--no-warnings', larder, ...words], { env })).stdout;
    expect(await setUp()).toMatch(/^The table larder is set up: dynamoStore\({ table: 'larder' }\) can use it.\n$/);
    expect(await setUp()).toMatch(/^The table larder was set up already: /);
  });
});
