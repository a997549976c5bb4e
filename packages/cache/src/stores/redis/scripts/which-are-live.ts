import { recordInLua } from './record-in-lua.js';
import { script } from './script.js';

/** KEYS: entries of one bucket. ARGV: the time. Answers with a letter for each: 'y' if it is live. */
export const whichAreLive = script(`${recordInLua}
local now, said = tonumber(ARGV[1]), {}
for at, key in ipairs(KEYS) do
  local head, deadline = headOf(key)
  said[at] = head and now < deadline and 'y' or 'n'
end
return table.concat(said)
`);
