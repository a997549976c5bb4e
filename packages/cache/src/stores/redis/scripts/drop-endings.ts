import { endingsInLua } from './endings-in-lua.js';
import { recordInLua } from './record-in-lua.js';
import { script } from './script.js';

/** KEYS: the endings of a bucket. ARGV: up to which time they are dropped, at most how many. Answers with how many. */
export const dropEndings = script(`${recordInLua}${endingsInLua}
return dropEndings(KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]))
`);
