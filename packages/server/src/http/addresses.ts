/** Every address of the service, as OpenAPI writes it. What stands in braces is one percent-encoded path segment. */
export const addresses = {
  entry: '/v1/cache/{key}',
  exists: '/v1/cache/{key}/exists',
  increment: '/v1/cache/{key}/increment',
  batch: '/v1/batch',
  keys: '/v1/keys',
  tagInvalidation: '/v1/tags/invalidate',
  index: '/v1/indexes/{name}/{value}',
  lock: '/v1/locks/{name}',
  events: '/v1/events',
  usage: '/v1/usage',
  stats: '/v1/stats',
  limits: '/v1/limits',
  tenants: '/admin/v1/tenants',
  tenant: '/admin/v1/tenants/{tenant}',
  tenantKeys: '/admin/v1/tenants/{tenant}/keys',
  tenantKey: '/admin/v1/tenants/{tenant}/keys/{id}',
  tenantKeyRotation: '/admin/v1/tenants/{tenant}/keys/{id}/rotate',
  tenantLimits: '/admin/v1/tenants/{tenant}/limits',
  tenantUsage: '/admin/v1/tenants/{tenant}/usage',
  tenantFlush: '/admin/v1/tenants/{tenant}/flush',
  audit: '/admin/v1/audit',
  webhooks: '/admin/v1/webhooks',
  webhook: '/admin/v1/webhooks/{id}',
  livez: '/livez',
  readyz: '/readyz',
  metrics: '/metrics',
  openapi: '/openapi.json',
  docs: '/docs',
} as const;

export type KnownRoute = keyof typeof addresses;

/** `unknown` is whatever else was asked for. */
export type RouteName = KnownRoute | 'unknown';
