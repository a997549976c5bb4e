import { Problem } from '../../http/problem.js';
import type { Tenant } from '../tenants/tenant.js';
import { allScopes, type Scope } from './scopes.js';

/** Who sends a request: an API key, and the tenant that it acts for. */
export interface Caller {
  readonly tenant: Tenant;
  /** Public. */
  readonly keyId: string;
  readonly scopes: ReadonlySet<Scope>;
  /** What the names of keys and locks must begin with; `undefined` where the API key reaches all of them. */
  readonly prefixes: readonly string[] | undefined;
}

export const everyScope: ReadonlySet<Scope> = new Set(allScopes);

export function reaches({ prefixes }: Caller, name: string): boolean {
  return prefixes === undefined || prefixes.some((prefix) => name.startsWith(prefix));
}

/** @throws Problem `insufficient_scope` unless the API key reaches this name */
export function requireReach(caller: Caller, name: string): void {
  if (!reaches(caller, name)) throw new Problem('insufficient_scope', 'The API key is for keys with other prefixes.');
}

/** For what is not about single keys. @throws Problem `insufficient_scope` unless the API key reaches all keys */
export function requireFullReach({ prefixes }: Caller): void {
  if (prefixes === undefined) return;
  throw new Problem('insufficient_scope', 'This is not about single keys, and the API key is for some prefixes only.');
}

/** @throws Problem `insufficient_scope` */
export function requireScope({ scopes }: Caller, scope: Scope): void {
  if (!scopes.has(scope)) throw new Problem('insufficient_scope', `The API key lacks the scope ${scope}.`);
}
