import { expiryRowOverhead } from '../../../src/stores/lmdb/expiry-table.js';
import { indexRow } from '../../../src/stores/lmdb/index-table.js';
import { type Environment, openEnvironment, type Table } from '../../../src/stores/lmdb/open-environment.js';
import { deadlineOf, headOf, isRecord } from '../../../src/stores/lmdb/records.js';

export interface FileContent {
  /** Everything that does not agree; empty for a sound file. */
  readonly problems: readonly string[];
  readonly rows: { readonly values: number; readonly expiry: number; readonly index: number };
}

/** Opens a store's file behind its back and compares the side tables, row by row, with what the records call for. */
export async function deepCheck(path: string): Promise<FileContent> {
  const environment = await openEnvironment({ path });
  try {
    return checkTables(environment);
  } finally {
    await environment.root.close();
  }
}

function checkTables({ values, expiry, endings, index }: Environment): FileContent {
  const problems: string[] = [];
  const expectedExpiry = new Set<string>();
  const expectedIndex = new Set<string>();

  for (const key of values.getKeys()) {
    const record = values.getBinary(key);
    if (record === undefined || !isRecord(record)) {
      problems.push(`the record of ${key} is damaged`);
      continue;
    }
    const { expiresAt, indexes } = headOf(record);
    if (expiresAt !== Number.POSITIVE_INFINITY) expectedExpiry.add(`${deadlineOf(record)} ${key.toString('hex')}`);
    for (const [name, value] of Object.entries(indexes)) expectedIndex.add(indexRow(key, name, value).toString('hex'));
  }
  const expiryRows = keysOf(expiry).map(
    (row) => `${deadlineOfRow(row)} ${row.subarray(expiryRowOverhead).toString('hex')}`,
  );
  const indexRows = keysOf(index).map((row) => row.toString('hex'));
  // What expired and is still to be told has a row without a record.
  const endingRows = keysOf(endings)
    .map((row) => `${deadlineOfRow(row)} ${row.subarray(expiryRowOverhead).toString('hex')}`)
    .filter((row) => expectedExpiry.has(row));
  problems.push(...endingRows.filter((row) => expiryRows.includes(row)).map((row) => `${row} has two ends`));
  problems.push(...differences('expiry', expectedExpiry, new Set([...expiryRows, ...endingRows])));
  problems.push(...differences('index', expectedIndex, new Set(indexRows)));
  return { problems, rows: { values: keysOf(values).length, expiry: expiryRows.length, index: indexRows.length } };
}

function differences(table: string, expected: ReadonlySet<string>, found: ReadonlySet<string>): string[] {
  return [
    ...[...expected].filter((row) => !found.has(row)).map((row) => `${table} misses ${row}`),
    ...[...found].filter((row) => !expected.has(row)).map((row) => `${table} has ${row} for no record`),
  ];
}

function keysOf(table: Table): Buffer[] {
  return [...table.getKeys()];
}

/** Deadlines of the tests are positive: their first bit is turned around, and that is all. */
function deadlineOfRow(row: Buffer): number {
  const deadline = Buffer.from(row.subarray(0, expiryRowOverhead));
  deadline.writeUInt8(deadline.readUInt8(0) ^ 0x80, 0);
  return deadline.readDoubleBE(0);
}
