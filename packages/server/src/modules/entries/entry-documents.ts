import type { Entry, Millis, Version } from '@larder/cache';
import { remainingSeconds } from '../../http/ttl.js';
import { type DocumentPieces, piecesOf } from './entry-document.js';

interface KnownDocument extends DocumentPieces {
  readonly key: string;
  readonly value: Uint8Array;
}

/** What is kept of texts, and of the values that they are of, which memory may have let go of since. */
const mostBytes = 16 * 1_024 * 1_024;
/** Larger values are rather written anew than kept twice. */
const largestValue = 4 * 1_024;
/** What a document counts besides its texts and its value. */
const overhead = 200;

/**
 * Documents of entries that were read lately. All but its time to live stays as it is while an entry stands, and to make it
 * takes longer than all else that a batch does to read an entry.
 *
 * They are found by the version of an entry, and count only where its value is the very object that they were made of:
 * versions come from a store, which somebody else may have written.
 */
export class EntryDocuments {
  readonly #mostBytes: number;
  #recent = new Map<Version, KnownDocument>();
  #older: ReadonlyMap<Version, KnownDocument> = new Map();
  #recentBytes = 0;
  #olderBytes = 0;

  constructor(most = mostBytes) {
    this.#mostBytes = most;
  }

  /** Of the texts, and of the values that they are of. */
  get bytes(): number {
    return this.#recentBytes + this.#olderBytes;
  }

  /** The document without its braces, of an entry that memory has. */
  membersOf(key: string, entry: Entry<Uint8Array>, now: Millis): string {
    const { before, after } = this.#known(key, entry) ?? this.#keep(key, entry);
    return `${before}${remainingSeconds(entry.freshUntil, now) ?? null}${after}`;
  }

  #known(key: string, { version, value }: Entry<Uint8Array>): KnownDocument | undefined {
    const found = this.#recent.get(version) ?? this.#older.get(version);
    return found?.value === value && found.key === key ? found : undefined;
  }

  #keep(key: string, entry: Entry<Uint8Array>): DocumentPieces {
    const pieces = piecesOf(key, entry);
    if (entry.value.byteLength > largestValue) return pieces;
    const known = { key, value: entry.value, before: asOneText(pieces.before), after: asOneText(pieces.after) };
    this.#recent.set(entry.version, known);
    this.#recentBytes += overhead + known.before.length + known.after.length + entry.value.byteLength;
    if (this.#recentBytes > this.#mostBytes / 2) this.#age();
    return known;
  }

  /** Half of what is kept goes at a time: what is asked for again is made again. */
  #age(): void {
    this.#older = this.#recent;
    this.#olderBytes = this.#recentBytes;
    this.#recent = new Map();
    this.#recentBytes = 0;
  }
}

/** V8 keeps a joined text as a tree of its parts until somebody reads it, and each reader of a larger one walks through it. */
function asOneText(text: string): string {
  return Buffer.from(text).toString();
}
