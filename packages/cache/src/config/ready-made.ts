import type { EntryDefaults } from '../contracts/cache.js';

/**
 * Namespaces that are there without being configured: `cache.namespace('session')`. A file changes one by naming it
 * under `namespaces`.
 */
export const readyMadeNamespaces = Object.freeze({
  confirmation: Object.freeze({ ttl: '300s' }),
  signup: Object.freeze({ ttl: '1800s' }),
  session: Object.freeze({ ttl: '86400s' }),
  rate_limit: Object.freeze({ ttl: '3600s' }),
  temp: Object.freeze({ ttl: '60s' }),
}) satisfies Readonly<Record<string, EntryDefaults>>;
