import type { ServiceClock } from '../../service.js';
import { entryDocument } from '../entries/entry-document.js';
import type { Tenant } from '../tenants/tenant.js';
import type { IndexPage } from './index-page.js';

/** Entries of an index term as JSON texts. */
export interface EntryPage {
  readonly documents: readonly string[];
  /** The last key that was looked at. */
  readonly last: string | undefined;
  readonly hasMore: boolean;
}

/** Read together. Bounds how far a page can grow beyond what it may hold. */
const step = 16;

/** The entries under these keys that are still there, in their order, until they take `most` bytes. */
export async function readEntryPage(
  { entries, counters }: Tenant,
  { keys, hasMore }: IndexPage,
  most: number,
  clock: ServiceClock,
): Promise<EntryPage> {
  const documents: string[] = [];
  let bytes = 0;
  for (let at = 0; at < keys.length; at += step) {
    const some = keys.slice(at, at + step);
    const found = await Promise.all(some.map((key) => entries.getEntry(key)));
    for (const [place, key] of some.entries()) {
      const entry = found[place];
      if (entry === undefined) continue;
      counters.hits++;
      const document = entryDocument(key, entry, clock.now());
      bytes += document.length;
      documents.push(document);
    }
    const looked = at + some.length;
    if (bytes >= most) return { documents, last: some.at(-1), hasMore: hasMore || looked < keys.length };
  }
  return { documents, last: keys.at(-1), hasMore };
}
