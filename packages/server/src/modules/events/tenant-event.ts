/** What is told of a tenant's entries. No event holds a value. */
export type TenantEvent =
  /** Written, changed or deleted, by whomever. */
  | { readonly type: 'change'; readonly keys: readonly string[] }
  /** Their lives have ended. */
  | { readonly type: 'expire'; readonly keys: readonly string[] }
  | { readonly type: 'invalidate-tags'; readonly tags: readonly string[]; readonly remove: boolean }
  | { readonly type: 'clear' }
  /** Something may have been missed. */
  | { readonly type: 'reset' };

export const reset: TenantEvent = Object.freeze({ type: 'reset' });

const fixedBytes = 100;
const bytesPerName = 24;

/** About what it takes in memory. */
export function sizeOf(event: TenantEvent): number {
  const names = 'keys' in event ? event.keys : 'tags' in event ? event.tags : [];
  return names.reduce((size, name) => size + bytesPerName + 2 * name.length, fixedBytes);
}

/** What a reader learns who reaches some keys only; `undefined` if the event is of none of them. */
export function asSeenBy(event: TenantEvent, reaches: ((key: string) => boolean) | undefined): TenantEvent | undefined {
  if (reaches === undefined || event.type === 'reset') return event;
  // Which keys carry a tag is not known: it may be some that the reader reaches.
  if (event.type === 'invalidate-tags' || event.type === 'clear') return reset;
  const keys = event.keys.filter(reaches);
  return keys.length === 0 ? undefined : { type: event.type, keys };
}
