import { indexRowsInLua, recordInLua } from './record-in-lua.js';
import { script } from './script.js';

/**
 * Removes expired entries that have index terms, with their rows. KEYS: the expiry table of a bucket. ARGV: the bucket's
 * part of a key, the time, at most how many. Answers with how many.
 */
export const pruneBucket = script(`${recordInLua}${indexRowsInLua}
return sweep(ARGV[1], ARGV[2], tonumber(ARGV[3]))
`);
