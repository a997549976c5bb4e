import { inspect } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Store, StoreWrite } from '../../../src/contracts/store.js';
import { type DynamoClient, dynamoStore } from '../../../src/stores/dynamodb/index.js';
import { seededRandom } from '../../../src/testing/index.js';
import { type DynamoServer, noDynamoServer, skippedBecause, startDynamoServer } from '../../servers/dynamodb.js';
import { type ObservedClient, observedClient, type SentCall } from './observed-client.js';

const now = Date.now();
const call = { now };
const minutes = 60_000;
const secrets = { accessKeyId: 'THEKEYID', secretAccessKey: 'the-secret', sessionToken: 'the-token' };

function writeOf(key: string, rest: Partial<StoreWrite> = {}): StoreWrite {
  const bytes = Buffer.from('value');
  return { key, bytes, expiresAt: Number.POSITIVE_INFINITY, version: '1', indexes: {}, ...rest };
}

const alice = { indexes: { user: 'alice' } };

describe('options', () => {
  it('are refused where they cannot be right', () => {
    expect(() => dynamoStore({ table: '' })).toThrow(/table must be the name of a table/);
    expect(() => dynamoStore({ table: 'larder', endpoint: 'localhost:8000' })).toThrow(/http:\/\/127.0.0.1:8000/);
    expect(() => dynamoStore({ table: 'larder', tabel: 'x' } as never)).toThrow(/no option 'tabel'/);
    expect(() => dynamoStore({ table: 'larder', client: {} as never })).toThrow(/new DynamoDBClient/);
    expect(() => dynamoStore({ table: 'larder', prefix: 'x'.repeat(256) })).toThrow(/at most 255/);
    expect(() => dynamoStore({ table: 'larder', consistentRead: 'no' as never })).toThrow(/true or false/);
    const client = new DynamoDBClient({ region: 'local' });
    expect(() => dynamoStore({ table: 'larder', client, region: 'x' })).toThrow(/give region, endpoint/);
  });

  it('take the client of the AWS SDK as it is', () => {
    // Compiles: the shape is that of the real client.
    const client: DynamoClient = new DynamoDBClient({ region: 'local' });
    expect(dynamoStore({ table: 'larder', client }).name).toBe('dynamodb');
  });
});

describe.skipIf(noDynamoServer)(`a store on DynamoDB Local${skippedBecause}`, () => {
  let server: DynamoServer;
  let client: ObservedClient;
  let table: string;
  let tests = 0;
  let store: Store;

  beforeAll(async () => {
    server = await startDynamoServer();
    const { table: made, ...where } = await server.newTable();
    table = made;
    client = observedClient(where);
  });
  afterAll(async () => {
    client.destroy();
    await server.stop();
  });
  beforeEach(() => {
    tests += 1;
    store = open();
    client.instead = undefined;
    client.calls.length = 0;
  });

  const open = () => dynamoStore({ client, table, prefix: `test-${tests}` });
  const keysOfAlice = async (time = now) =>
    (await store.byIndex({ prefix: '', name: 'user', value: 'alice' }, { limit: 100 }, { now: time })).keys;

  async function callsOf(work: () => Promise<unknown>): Promise<string[]> {
    client.calls.length = 0;
    await work();
    return client.calls.splice(0);
  }

  /** Answers the nth call of that name in another way. */
  function once(name: string, answer: (sent: SentCall) => Promise<unknown>): void {
    client.instead = (sent) => {
      if (sent.name !== name) return undefined;
      client.instead = undefined;
      return answer(sent);
    };
  }

  describe('calls', () => {
    it('are one for all reads of a turn of the event loop, a key that is asked for twice once', async () => {
      await store.set([writeOf('a'), writeOf('b')], call);
      const reads = () =>
        Promise.all([store.get(['a', 'b'], call), store.get(['b', 'c'], call), store.get(['a'], call)]);
      expect(await callsOf(reads)).toEqual(['BatchGetItem']);
      const [first, second] = await reads();
      expect([first?.map((entry) => entry?.version), second?.map((entry) => entry?.version)]).toEqual([
        ['1', '1'],
        ['1', undefined],
      ]);
    });

    it('are one for each hundred keys', async () => {
      const keys = Array.from({ length: 250 }, (_, at) => `key:${at}`);
      expect(await callsOf(() => store.get(keys, call))).toEqual(Array(3).fill('BatchGetItem'));
    });

    it('are one for a plain write, a conditional write and a delete', async () => {
      expect(await callsOf(() => store.set([writeOf('k')], call))).toEqual(['PutItem']);
      expect(await callsOf(() => store.set([writeOf('k', { condition: { version: '1' } })], call))).toEqual([
        'PutItem',
      ]);
      expect(await callsOf(() => store.delete(['k'], call))).toEqual(['DeleteItem']);
    });

    it('are two for a change, and for a thousand changes of one key that nobody waited for', async () => {
      const change = () => store.modify('k', () => writeOf(''), call);
      expect(await callsOf(change)).toEqual(['BatchGetItem', 'PutItem']);
      const changes = () => Promise.all(Array.from({ length: 1_000 }, change));
      expect(await callsOf(changes)).toEqual(['BatchGetItem', 'PutItem']);
    });

    it('write no index row anew where an entry is written again with its terms', async () => {
      const brief = { ...alice, expiresAt: now + 10 * minutes };
      expect(await callsOf(() => store.set([writeOf('k', brief)], call))).toEqual([
        'BatchGetItem',
        'BatchWriteItem',
        'PutItem',
      ]);
      const renewed = writeOf('k', { ...brief, expiresAt: now + 15 * minutes });
      expect(await callsOf(() => store.set([renewed], { now: now + 5 * minutes }))).toEqual([
        'BatchGetItem',
        'PutItem',
      ]);
      const longer = writeOf('k', { ...alice, expiresAt: now + 60 * minutes });
      expect(await callsOf(() => store.set([longer], call))).toEqual(expect.arrayContaining(['BatchWriteItem']));
      expect(await keysOfAlice(now + 59 * minutes)).toEqual(['k']);
    });
  });

  describe('what is stored', () => {
    it('is deleted by DynamoDB a minute after its end, and not before', async () => {
      let item: Record<string, { N?: string; S?: string }> = {};
      once('PutItem', (sent) => {
        item = sent.input.Item as typeof item;
        return sent.send();
      });
      await store.set([writeOf('k', { expiresAt: 1_999_999_999_001.5 })], call);
      expect(item).toMatchObject({ expiresAt: { N: '1999999999001.5' }, ttl: { N: '2000000060' }, sk: { S: 'k' } });
      const [entry] = await store.get(['k'], call);
      expect(entry?.expiresAt).toBe(1_999_999_999_001.5);
    });

    it('has at most 400 KB, which the refusal names', async () => {
      const { valueBytes } = store.capabilities.limits;
      const largest = writeOf('k', { bytes: Buffer.alloc(valueBytes, 1), indexes: { user: 'x'.repeat(1_000) } });
      expect(await store.set([largest], call)).toEqual(['created']);
      const [entry] = await store.get(['k'], call);
      expect(entry?.bytes.byteLength).toBe(valueBytes);
      const tooLarge = { code: 'LARDER_UNSUPPORTED_VALUE', message: expect.stringContaining('400 KB') };
      const larger = writeOf('k', { bytes: Buffer.alloc(valueBytes + 1) });
      await expect(store.set([larger], call)).rejects.toMatchObject(tooLarge);
      await expect(store.modify('k', () => larger, call)).rejects.toMatchObject(tooLarge);
      const withTerms = writeOf('k', { bytes: largest.bytes, indexes: { user: 'x'.repeat(20_000) } });
      await expect(store.set([withTerms], call)).rejects.toMatchObject(tooLarge);
      const together = [withTerms, writeOf('k')].map((write) => store.modify('k', () => write, call));
      expect((await Promise.allSettled(together)).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
    });

    it('may be read back in parts of 16 MB', async () => {
      const keys = Array.from({ length: 50 }, (_, at) => `key:${at}`);
      const bytes = Buffer.alloc(380_000, 7);
      await store.set(
        keys.map((key) => writeOf(key, { bytes })),
        call,
      );
      const entries = await store.get(keys, call);
      expect(entries.filter((entry) => entry?.bytes.byteLength === 380_000).length).toBe(50);
      expect(client.calls.filter((name) => name === 'BatchGetItem').length).toBeGreaterThan(1);
    });
  });

  describe('requests that are not processed', () => {
    it('are made again, reads as well as index rows', async () => {
      await store.set([writeOf('a'), writeOf('b', { version: '2' })], call);
      once('BatchGetItem', async ({ input, send }) => {
        const [request] = Object.values(input.RequestItems as Record<string, { Keys: unknown[] }>);
        const [first, ...later] = request?.Keys ?? [];
        const answer = await send({ RequestItems: { [table]: { ...request, Keys: [first] } } });
        return { ...(answer as object), UnprocessedKeys: { [table]: { Keys: later } } };
      });
      const entries = await store.get(['a', 'b'], call);
      expect(entries.map((entry) => entry?.version)).toEqual(['1', '2']);

      once('BatchWriteItem', async ({ input }) => ({ UnprocessedItems: input.RequestItems }));
      await store.set([writeOf('c', alice)], call);
      expect(await keysOfAlice()).toEqual(['c']);
    });

    it('are given up as throttled, or as soon as nobody waits', async () => {
      client.instead = ({ name, input }) =>
        name === 'BatchGetItem' ? Promise.resolve({ UnprocessedKeys: input.RequestItems }) : undefined;
      const giveUp = new AbortController();
      const waiting = store.get(['a'], { now, signal: giveUp.signal });
      setTimeout(() => giveUp.abort(new Error('nobody waits')), 50);
      await expect(waiting).rejects.toThrow('nobody waits');
      const calls = client.calls.length;
      await expect(store.get(['a'], call)).rejects.toMatchObject({
        code: 'LARDER_STORE_FAILED',
        message: expect.stringMatching(/throttles BatchGetItem/),
      });
      expect(client.calls.length - calls).toBe(10);
    });
  });

  describe('a request whose answer was lost, so that the AWS SDK repeats it', () => {
    const twice = async ({ send }: SentCall) => {
      await send();
      return send();
    };

    it('creates once, and says so', async () => {
      once('PutItem', twice);
      expect(await store.set([writeOf('k', { condition: { absent: true } })], call)).toEqual(['created']);
      once('PutItem', twice);
      const next = writeOf('k', { version: '2', condition: { version: '1' } });
      expect(await store.set([next], call)).toEqual(['replaced']);
    });

    it('counts once', async () => {
      const add = () =>
        store.modify('n', (current) => writeOf('', { bytes: Buffer.from(`${Number(textOf(current)) + 1}`) }), call);
      once('PutItem', twice);
      expect(textOf(await add())).toBe('1');
      once('PutItem', twice);
      expect(textOf(await add())).toBe('2');
    });
  });

  describe('another writer', () => {
    it('between the read and the write of a change is seen by the change', async () => {
      const other = open();
      await store.set([writeOf('k', { bytes: Buffer.from('1') })], call);
      once('PutItem', async ({ send }) => {
        await other.set([writeOf('k', { bytes: Buffer.from('5') })], call);
        return send();
      });
      const add = await store.modify(
        'k',
        (now) => writeOf('', { bytes: Buffer.from(`${Number(textOf(now)) + 1}`) }),
        call,
      );
      expect(textOf(add)).toBe('6');
    });

    it('that puts the same bytes and version back is noticed all the same', async () => {
      const other = open();
      const same = writeOf('k', { version: 'same' });
      await store.set([same], call);
      let decisions = 0;
      once('PutItem', async ({ send }) => {
        await other.delete(['k'], call);
        await other.set([same], call);
        return send();
      });
      const change = () => {
        decisions += 1;
        return writeOf('');
      };
      await store.modify('k', change, call);
      expect(decisions).toBe(2);
    });

    it('that deletes first leaves nothing to delete, and is alone in saying that it did', async () => {
      const other = open();
      await store.set([writeOf('k')], call);
      let deleted: boolean[] = [];
      once('DeleteItem', async ({ send }) => {
        deleted = await other.delete(['k'], call);
        return send();
      });
      expect(await store.delete(['k', 'k'], call)).toEqual([false, false]);
      expect(deleted).toEqual([true]);
    });

    it('leaves what stands to be looked at again before a change keeps it', async () => {
      const other = open();
      const first = store.set([writeOf('k', { version: 'ours' })], call);
      once('PutItem', async ({ send }) => {
        const answer = await send();
        await other.set([writeOf('k', { version: 'theirs' })], call);
        return answer;
      });
      await Promise.resolve().then(() => Promise.resolve());
      const kept = store.modify('k', () => 'keep', call);
      await first;
      expect((await kept)?.version).toBe('theirs');
    });
  });

  describe('an index row without its entry', () => {
    it('says nothing, and is removed once no write can be waiting any more', async () => {
      once('BatchWriteItem', async ({ send }) => {
        await send();
        client.instead = ({ name }) => (name === 'PutItem' ? Promise.reject(new Error('cut off')) : undefined);
        return {};
      });
      await expect(store.set([writeOf('k', alice)], call)).rejects.toMatchObject({ code: 'LARDER_STORE_FAILED' });
      client.instead = undefined;
      // Closed, so that what a look-up removes afterwards is counted too.
      const lookUp = async (time: number) => {
        expect(await keysOfAlice(time)).toEqual([]);
        await store.close();
        store = open();
      };
      expect(await callsOf(() => lookUp(now + 14 * minutes))).toEqual(['Query', 'BatchGetItem']);
      expect(await callsOf(() => lookUp(now + 16 * minutes))).toEqual(['Query', 'BatchGetItem', 'BatchWriteItem']);
      expect(await callsOf(() => lookUp(now + 16 * minutes))).toEqual(['Query']);
    });

    it('is not taken over from an entry that has expired, as somebody may be removing it', async () => {
      await store.set([writeOf('k', { ...alice, expiresAt: now + 60 * minutes })], call);
      const later = now + 76 * minutes;
      expect(await keysOfAlice(later)).toEqual([]);
      await store.close();
      store = open();
      await store.set([writeOf('k', { ...alice, expiresAt: now + 100 * minutes })], { now: later });
      expect(await keysOfAlice(later)).toEqual(['k']);
    });

    it('does not hide the entry that comes with another one', async () => {
      once('BatchWriteItem', async ({ send }) => {
        await send();
        client.instead = ({ name }) => (name === 'PutItem' ? Promise.reject(new Error('cut off')) : undefined);
        return {};
      });
      await store.set([writeOf('k', alice)], call).catch(() => {});
      client.instead = undefined;
      await store.set([writeOf('k', alice)], call);
      expect(await keysOfAlice()).toEqual(['k']);
      expect(await keysOfAlice(now + 16 * minutes)).toEqual(['k']);
    });
  });

  it('finds exactly what stands, after four writers have crossed each other', async () => {
    const random = seededRandom(7);
    const pick = <Each>(each: readonly Each[]): Each => each[Math.floor(random() * each.length)] as Each;
    const users = ['alice', 'bob', undefined] as const;
    const contentFor = (user: string | undefined) =>
      writeOf('', { bytes: Buffer.from(user ?? ''), ...(user === undefined ? {} : { indexes: { user } }) });
    const writers = [store, open(), open(), open()];
    for (let round = 0; round < 15; round += 1) {
      const works = writers.flatMap((writer) => {
        const [key, content] = [pick(['a', 'b', 'c']), contentFor(pick(users))];
        const works = [
          () => writer.set([{ ...content, key }], call),
          () => writer.modify(key, () => content, call),
          () => writer.delete([key], call),
          () => writer.byIndex({ prefix: '', name: 'user', value: 'alice' }, { limit: 10 }, call),
        ];
        return [pick(works), pick(works)];
      });
      await Promise.all(works.map((work) => work()));
      const entries = await store.get(['a', 'b', 'c'], call);
      for (const value of ['alice', 'bob']) {
        const found = await store.byIndex({ prefix: '', name: 'user', value }, { limit: 100 }, call);
        expect(found.keys).toEqual(['a', 'b', 'c'].filter((_, at) => textOf(entries[at]) === value));
      }
    }
    await Promise.all(writers.map((writer) => writer.close()));
  });

  describe('failures', () => {
    const failures = [
      ['ProvisionedThroughputExceededException', /throttles .*raise its capacity/],
      ['RequestLimitExceeded', /throttles/],
      ['ThrottlingException', /throttles/],
      ['ResourceNotFoundException', /There is no table .* larder setup dynamodb --table/],
      ['AccessDeniedException', /may not do dynamodb:BatchGetItem .* IAM policy/],
      ['ExpiredTokenException', /credentials .* have expired: renew/],
      ['UnrecognizedClientException', /does not accept the credentials/],
      ['CredentialsProviderError', /No AWS credentials were found/],
      ['InternalServerError', /failed BatchGetItem .* InternalServerError: said by DynamoDB/],
    ] as const;

    it.each(failures)('%s says what to do', async (name, message) => {
      const cause = Object.assign(new Error('said by DynamoDB'), { name });
      once('BatchGetItem', () => Promise.reject(cause));
      await expect(store.get(['k'], call)).rejects.toMatchObject({ code: 'LARDER_STORE_FAILED', message, cause });
    });

    it('of the place keep its secrets', async () => {
      const secret = dynamoStore({
        table,
        region: 'local',
        endpoint: 'http://user:secret@127.0.0.1:1',
        credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      });
      const failure = await secret.get(['k'], call).catch((error: Error) => error);
      expect((failure as Error).message).toMatch(/cannot be reached at http:\/\/127\.0\.0\.1:1 /);
      await secret.close();
    });

    it('tell no credentials, whoever prints them', async () => {
      const options = { ...server.options('missing'), credentials: { ...secrets } };
      const refused = dynamoStore(options);
      const failure = await refused.get(['k'], call).catch((error: Error) => error);
      const printed =
        inspect(failure, { depth: 9 }) + JSON.stringify(failure) + JSON.stringify((failure as Error).cause);
      expect(printed).toMatch(/There is no table missing/);
      for (const secret of Object.values(secrets)) expect(printed).not.toContain(secret);
      await refused.close();
    });

    it('of a table with another layout say so', async () => {
      const [name] = [`other-${tests}`];
      await client.send(
        new (await import('@aws-sdk/client-dynamodb')).CreateTableCommand({
          TableName: name,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        }),
      );
      const other = dynamoStore({ client, table: name });
      await expect(other.get(['k'], call)).rejects.toThrow(/another layout/);
      await expect(other.set([writeOf('k')], call)).rejects.toThrow(/another layout/);
      await other.close();
    });
  });

  it('refuses a cursor that is none of its own', async () => {
    for (const cursor of ['????', 'W10', Buffer.from('[-1,"a"]').toString('base64url')]) {
      const refused = { code: 'LARDER_INVALID_OPTION' };
      await expect(store.scan('', { cursor, limit: 1 }, call)).rejects.toMatchObject(refused);
      const term = { prefix: '', name: 'user', value: 'alice' };
      await expect(store.byIndex(term, { cursor, limit: 1 }, call)).rejects.toMatchObject(refused);
    }
  });

  it('gives up what was not sent when its caller does, and warns of no leak on the way', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    const giveUp = new AbortController();
    const writes = Array.from({ length: 500 }, (_, at) => writeOf(`key:${at}`));
    const written = store.set(writes, { now, signal: giveUp.signal });
    once('PutItem', ({ send }) => {
      setImmediate(() => giveUp.abort(new Error('nobody waits')));
      return send();
    });
    await expect(written).rejects.toThrow('nobody waits');
    expect(client.calls.length).toBeLessThan(500);
    expect(await store.set([writeOf('after')], call)).toEqual(['created']);
    process.off('warning', note);
    expect(warnings.filter(({ name }) => name === 'MaxListenersExceededWarning')).toEqual([]);
  });

  it('leaves a given client open when it is closed', async () => {
    await store.close();
    const other = open();
    expect(await other.set([writeOf('k')], call)).toEqual(['created']);
    await other.close();
  });
});

function textOf(entry: { readonly bytes: Uint8Array } | undefined): string {
  return entry === undefined ? '' : Buffer.from(entry.bytes).toString();
}
