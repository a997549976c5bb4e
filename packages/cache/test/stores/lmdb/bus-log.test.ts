import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type BusLog, kept, prepareRow } from '../../../src/stores/lmdb/bus-log.js';
import { type Environment, openEnvironment } from '../../../src/stores/lmdb/open-environment.js';
import { temporaryFolders } from './temporary-folder.js';

const newFolder = temporaryFolders();
const start = 1_000_000;
let path: string;
let environment: Environment;
let log: BusLog;

beforeEach(async () => {
  path = await newFolder();
  environment = await openEnvironment({ path });
  log = environment.busLog;
});

afterEach(() => environment.root.close());

const write = (work: () => void) => environment.root.transactionSync(work);

function append(texts: readonly string[], now = start): void {
  write(() => {
    for (const text of texts) log.append(prepareRow(Buffer.from(text)), now);
  });
}

const numbered = (count: number) => Array.from({ length: count }, (_, at) => `frame ${at}`);

function textsAfter(position: number): string[] | 'trimmed' {
  const reading = log.after(position);
  return reading === 'trimmed' ? reading : reading.frames.map((frame) => Buffer.from(frame).toString());
}

/** Everything that is still there, in as many looks as it takes. */
function countFrom(position: number): number {
  const reading = log.after(position);
  if (reading === 'trimmed') throw new Error('trimmed');
  return reading.frames.length + (reading.isWhole ? 0 : countFrom(position + reading.frames.length));
}

/** The first position from which on nothing is missing. */
function firstReadable(): number {
  let position = 0;
  while (textsAfter(position) === 'trimmed') position += 1;
  return position;
}

describe('the log of the bus', () => {
  it('ends at 0 while it is empty, and counts from 1', () => {
    expect([log.end(), textsAfter(0)]).toEqual([0, []]);
    append(['one', 'two']);
    append(['three']);
    expect(log.end()).toBe(3);
    expect(textsAfter(0)).toEqual(['one', 'two', 'three']);
    expect(textsAfter(2)).toEqual(['three']);
    expect(textsAfter(3)).toEqual([]);
  });

  it('hands over a long log in parts', () => {
    append(numbered(600));
    expect(log.after(0)).toMatchObject({ isWhole: false });
    expect(countFrom(0)).toBe(600);
    expect(log.after(599)).toMatchObject({ isWhole: true });
  });

  it('finds its end again after a transaction was undone, and where others appended far beyond it', async () => {
    append(numbered(10));
    const undo = () => {
      log.append(prepareRow(Buffer.from('undone')), start);
      throw new Error('undone');
    };
    expect(() => write(undo)).toThrow('undone');
    expect(log.end()).toBe(10);
    append(['eleven']);
    expect(textsAfter(10)).toEqual(['eleven']);

    const others = await openEnvironment({ path });
    others.root.transactionSync(() => {
      for (const text of numbered(300)) others.busLog.append(prepareRow(Buffer.from(text)), start);
    });
    await others.root.close();
    environment.root.resetReadTxn();
    expect(log.end()).toBe(311);
  });

  it('goes on counting beyond 32 bits', () => {
    const newest = 2 ** 32;
    const key = Buffer.alloc(8);
    key.writeBigUInt64BE(BigInt(newest));
    const table = environment.root.openDB<Buffer, Buffer>('bus', { encoding: 'binary', keyEncoding: 'binary' });
    write(() => table.putSync(key, prepareRow(Buffer.from('before'))));
    append(['after']);
    expect(log.end()).toBe(newest + 1);
    expect(textsAfter(newest)).toEqual(['after']);
  });
});

describe('trimming', () => {
  it('removes what is older than a minute, in small steps, and says so to whoever comes late', () => {
    append(numbered(200));
    const later = start + kept.milliseconds;
    append(numbered(16), later);
    expect(textsAfter(0)).toBe('trimmed');
    // One step of it.
    expect(firstReadable()).toBe(64);
    append(numbered(64), later);
    expect(firstReadable()).toBe(200);
  });

  it('leaves what is younger', () => {
    append(numbered(200));
    append(numbered(100), start + kept.milliseconds - 1);
    expect(countFrom(0)).toBe(300);
  });

  it('keeps so many frames, and some that wait for the next step', () => {
    append(numbered(kept.frames + 1000));
    const length = log.end() - firstReadable();
    expect(length).toBeGreaterThanOrEqual(kept.frames);
    expect(length).toBeLessThan(kept.frames + 32);
  });

  it('keeps so many bytes', () => {
    const large = 'x'.repeat(64 * 1024);
    for (let round = 0; round < 32; round += 1) append(Array.from({ length: 16 }, () => large));
    const length = log.end() - firstReadable();
    expect(length).toBeGreaterThanOrEqual(kept.bytes / large.length - 1);
    expect(length).toBeLessThan(kept.bytes / large.length + 32);
  });

  it('never removes the newest, so that positions are never used twice', () => {
    append(numbered(16), start);
    append(numbered(15), start);
    append(['last'], start + 10 * kept.milliseconds);
    expect(firstReadable()).toBe(31);
    expect(log.end()).toBe(32);
    append(['next'], start + 20 * kept.milliseconds);
    expect(textsAfter(32)).toEqual(['next']);
  });
});
