import type { Version } from '../contracts/entry.js';

type Condition = { readonly absent: true } | { readonly version: Version };

/** May the write happen, given what stands now? */
export function conditionHolds(condition: Condition, current: { readonly version: Version } | undefined): boolean {
  return 'absent' in condition ? current === undefined : current?.version === condition.version;
}
