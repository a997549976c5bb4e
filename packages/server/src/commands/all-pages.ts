import type { ServiceClient } from './service-client.js';

interface Page<Item> {
  readonly data: readonly Item[];
  readonly nextCursor: string | null;
}

/** All of an admin list. */
export async function allPages<Item>(client: ServiceClient, path: string): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query: string = cursor === '' ? '' : `?cursor=${encodeURIComponent(cursor)}`;
    const page: Page<Item> = await client.json({ method: 'GET', path: path + query });
    items.push(...page.data);
    cursor = page.nextCursor;
  }
  return items;
}
