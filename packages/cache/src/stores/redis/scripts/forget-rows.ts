import { endingsInLua } from './endings-in-lua.js';
import { indexRowsInLua, recordInLua } from './record-in-lua.js';
import { script } from './script.js';

/**
 * Removes the index rows of a record that was replaced, but for those that the entry has now: somebody may have written
 * it again. KEYS: the entry; the endings of its bucket, if the replaced record has one that will never come. ARGV: the
 * length of the bucket's part of the key, the head of the replaced record.
 */
export const forgetRows = script(`${recordInLua}${indexRowsInLua}${endingsInLua}
local baseLength, old = tonumber(ARGV[1]), ARGV[2]
local base, key = sub(KEYS[1], 1, baseLength), sub(KEYS[1], baseLength + 2)
local _, oldVersion, oldTerms = unpack('>dI2I2', old, 14)
local head, _, version, terms = headOf(KEYS[1])
local row = head and expiryRow(key, head, version, terms)
for at = 1, oldTerms do
  local id = termOf(old, oldVersion, at)
  if not (head and hasTerm(head, version, terms, id)) then call('ZREM', base .. 'i' .. id, key) end
end
local oldRow = expiryRow(key, old, oldVersion, oldTerms)
if oldRow ~= row then call('ZREM', base .. 'e', oldRow) end
if KEYS[2] and not (head and isToBeTold(head) and sub(head, 14, 21) == sub(old, 14, 21)) then
  removeEnding(base, key, old)
end
return 1
`);
