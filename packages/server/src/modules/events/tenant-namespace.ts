/** What open-caches.ts names the parent of all tenants' namespaces. */
const parent = 'tenants/';

/** Whose entries a namespace holds, as events of the cache name it; ids of tenants hold no slash. */
export function tenantOf(namespace: string): string | undefined {
  if (!namespace.startsWith(parent)) return undefined;
  const tenant = namespace.slice(parent.length);
  return tenant.includes('/') ? undefined : tenant;
}
