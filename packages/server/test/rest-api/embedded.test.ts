import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeRestApi } from './describe-rest-api.js';

async function lmdbFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'larder-rest-'));
  return { address: `lmdb:${folder}`, stop: () => rm(folder, { recursive: true, force: true }) };
}

const noStop = async () => {};

describeRestApi({
  name: 'memory:',
  takesLargestValues: true,
  lists: true,
  tellsExpiry: true,
  start: async () => ({ address: 'memory:', stop: noStop }),
});
describeRestApi({ name: 'lmdb:', takesLargestValues: true, lists: true, tellsExpiry: true, start: lmdbFolder });
describeRestApi({
  name: 'lmdb: without memory before it',
  takesLargestValues: true,
  lists: true,
  tellsExpiry: true,
  memory: 'off',
  start: lmdbFolder,
});
describeRestApi({
  name: 'lmdb: behind a memory that holds next to nothing',
  takesLargestValues: true,
  lists: true,
  tellsExpiry: true,
  memory: '1kb',
  start: lmdbFolder,
});
describeRestApi({
  name: 'lmdb: without memory before it, with three workers',
  takesLargestValues: true,
  lists: true,
  tellsExpiry: true,
  memory: 'off',
  workers: 3,
  start: lmdbFolder,
});
