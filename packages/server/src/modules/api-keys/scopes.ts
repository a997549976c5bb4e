/** What an API key may be allowed to do. */
export const allScopes = [
  'cache:read',
  'cache:write',
  'cache:delete',
  'cache:list',
  'tags:invalidate',
  'locks',
  'usage:read',
  'admin',
] as const;

export type Scope = (typeof allScopes)[number];
