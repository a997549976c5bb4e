import { endianness } from 'node:os';

/*
 * What LMDB's data file looks like, as far as it must be understood to tell a damaged one from a sound one before LMDB
 * maps it: LMDB trusts what it reads, and a wrong page number ends the process. Layout: lmdb 3.x, 64 bit, little-endian
 * (liblmdb/mdb.c: MDB_page_header, MDB_meta, MDB_db, MDB_node).
 */
const pageHeaderLength = 24;
const metaLength = 136;
const magic = 0xbeefc0de;
const supportedVersions = [1, 2];
export const smallestPage = 256;
const largestPage = 65_536;
const noPage = 0xffff_ffff_ffff_ffffn;

const branchFlag = 0x01;
const leafFlag = 0x02;
const overflowFlag = 0x04;
const metaFlag = 0x08;
const bigDataFlag = 0x01;
const subTableFlag = 0x02;

export const isReadableHere = endianness() === 'LE';
export const longestMeta = pageHeaderLength + metaLength;

/** The state after one transaction: where its trees begin. */
export interface Snapshot {
  readonly transaction: bigint;
  readonly pageSize: number;
  readonly pageCount: bigint;
  readonly roots: readonly bigint[];
}

/** What is wrong with a meta page, as the end of a sentence; `undefined` if nothing is. */
export function metaProblem(page: Buffer, number: 0 | 1): string | undefined {
  const name = number === 0 ? 'first' : 'second';
  if (page.length < longestMeta) return `it ends inside its ${name} meta page`;
  if (page.readUInt32LE(pageHeaderLength) !== magic) return `its ${name} meta page is not one of LMDB`;
  if ((page.readUInt16LE(18) & metaFlag) === 0) return `its ${name} meta page is damaged`;
  if (!supportedVersions.includes(page.readUInt16LE(pageHeaderLength + 4))) return 'another version of LMDB wrote it';
  return isPossiblePageSize(pageSizeOf(page)) ? undefined : `its ${name} meta page is damaged`;
}

export function pageSizeOf(meta: Buffer): number {
  return meta.readUInt32LE(pageHeaderLength + 24);
}

export function snapshotOf(meta: Buffer): Snapshot {
  const [free, main] = [pageHeaderLength + 24, pageHeaderLength + 72];
  return {
    transaction: meta.readBigUInt64LE(pageHeaderLength + 128),
    pageSize: pageSizeOf(meta),
    pageCount: meta.readBigUInt64LE(pageHeaderLength + 120) + 1n,
    roots: [rootOf(meta, free), rootOf(meta, main)].filter(isPage),
  };
}

/** What a page of a tree refers to: pages of the same kind, and runs of pages that hold one big value. */
export interface PageLinks {
  readonly pages: readonly bigint[];
  readonly runs: readonly { readonly first: bigint; readonly bytes: number }[];
}

/** `undefined` if the page cannot be the page of a tree with that number. */
export function linksOf(page: Buffer, number: bigint): PageLinks | undefined {
  const flags = page.readUInt16LE(18) & (branchFlag | leafFlag);
  if (page.readBigUInt64LE(0) !== number || (flags !== branchFlag && flags !== leafFlag)) return undefined;
  const pages: bigint[] = [];
  const runs: { first: bigint; bytes: number }[] = [];
  const pointersEnd = pageHeaderLength + page.readUInt16LE(20);
  if (pointersEnd > page.length) return undefined;

  for (let pointer = pageHeaderLength; pointer < pointersEnd; pointer += 2) {
    const node = pageHeaderLength + page.readUInt16LE(pointer);
    if (node + 8 > page.length) return undefined;
    const nodeFlags = page.readUInt16LE(node + 4);
    const data = node + 8 + page.readUInt16LE(node + 6);
    const low = page.readUInt32LE(node);
    if (flags === branchFlag) pages.push(BigInt(low) | (BigInt(nodeFlags) << 32n));
    else if ((nodeFlags & bigDataFlag) !== 0) {
      if (data + 8 > page.length) return undefined;
      runs.push({ first: page.readBigUInt64LE(data), bytes: pageHeaderLength + low });
    } else if ((nodeFlags & subTableFlag) !== 0) {
      if (data + 48 > page.length) return undefined;
      pages.push(rootOf(page, data));
    } else if (data + low > page.length) return undefined;
  }
  return { pages: pages.filter(isPage), runs };
}

/** Where the first page of a run says itself that it is one, of that many pages: LMDB frees what it says. */
export function isRunStart(page: Buffer, first: bigint, pageCount: number): boolean {
  if (page.length < pageHeaderLength || page.readBigUInt64LE(0) !== first) return false;
  return page.readUInt16LE(18) === overflowFlag && page.readUInt32LE(20) === pageCount;
}

function rootOf(bytes: Buffer, table: number): bigint {
  return bytes.readBigUInt64LE(table + 40);
}

function isPage(number: bigint): boolean {
  return number !== noPage;
}

function isPossiblePageSize(size: number): boolean {
  return size >= smallestPage && size <= largestPage && (size & (size - 1)) === 0;
}
