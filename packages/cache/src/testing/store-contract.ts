import { describeClosing } from './store-contract/closing.js';
import { describeConditions } from './store-contract/conditions.js';
import { type ContractOptions, contractContext } from './store-contract/context.js';
import { describeExpiry } from './store-contract/expiry.js';
import { describeIndexes } from './store-contract/indexes.js';
import { describeKeysAndBytes } from './store-contract/keys-and-bytes.js';
import { describeModify } from './store-contract/modify.js';
import { describePrune } from './store-contract/prune.js';
import { describeReadsAndWrites } from './store-contract/reads-and-writes.js';
import { describeScan } from './store-contract/scan.js';
import { describeTime } from './store-contract/time.js';
import { describeToldExpiry } from './store-contract/told-expiry.js';
import { describeUses } from './store-contract/uses.js';

/**
 * What every store keeps to, as tests for any runner with `describe` and `it`:
 *
 * ```ts
 * import { describe, it } from 'vitest';
 * describeStoreContract({ describe, it, name: 'my store', capabilities, open: () => myStore() });
 * ```
 */
export function describeStoreContract(options: ContractOptions): void {
  const context = contractContext(options);
  options.describe(`the store contract: ${options.name}`, () => {
    describeReadsAndWrites(context);
    describeKeysAndBytes(context);
    describeConditions(context);
    describeModify(context);
    describeUses(context);
    describeExpiry(context);
    describePrune(context);
    describeToldExpiry(context);
    describeScan(context);
    describeIndexes(context);
    describeTime(context);
    describeClosing(context);
  });
}
