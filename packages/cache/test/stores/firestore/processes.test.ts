import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firestoreStore } from '../../../src/stores/firestore/index.js';
import { type FirestoreServer, firestoreMissing, skipNote, startFirestore } from '../../servers/firestore.js';
import { emulatorClient, newCollection } from './emulator-client.js';

const program = fileURLToPath(new URL('children/increment.mjs', import.meta.url));

describe.skipIf(firestoreMissing !== undefined)(`several processes on one collection of Firestore${skipNote}`, () => {
  let server: FirestoreServer;
  beforeAll(async () => {
    server = await startFirestore();
  });
  afterAll(() => server?.stop());

  it('count exactly 60 when three count to 20 on one key, and one of them adds', async () => {
    const collection = newCollection();
    const env = { ...process.env, METADATA_SERVER_DETECTION: 'none' };
    const children = [1, 2, 3].map(() =>
      spawn(process.execPath, [program, server.host, collection, '20'], { stdio: ['pipe', 'pipe', 'inherit'], env }),
    );
    const printed = children.map(() => '');
    for (const [at, child] of children.entries()) child.stdout.on('data', (text) => (printed[at] += text));
    const ends = children.map((child) => once(child, 'exit'));
    await Promise.all(children.map((child) => once(child.stdout, 'data')));
    for (const child of children) child.stdin.write('go\n');
    expect((await Promise.all(ends)).map(([code]) => code)).toEqual([0, 0, 0]);
    expect(printed.filter((text) => text.includes('created'))).toHaveLength(1);
    expect(printed.filter((text) => text.includes('condition-failed'))).toHaveLength(2);

    const client = emulatorClient(server.host);
    const [counter] = await firestoreStore({ client, collection }).get(['counter'], { now: Date.now() });
    await client.terminate();
    expect(Buffer.from(counter?.bytes ?? []).toString()).toBe('60');
  }, 60_000);
});
