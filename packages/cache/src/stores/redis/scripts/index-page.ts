import { recordInLua } from './record-in-lua.js';
import { script } from './script.js';

/**
 * A page of the live keys under a term in one bucket. KEYS: the rows of the term. ARGV: the bucket's part of a key, the
 * id of the term, where the page begins and ends (as ZRANGEBYLEX has it), how many keys it may hold, how many rows it
 * may look at, the time. Answers with where it ended ('' after the last row; else a mark and the row), then the keys.
 *
 * A row is believed only if the entry says the same. One whose entry is gone, evicted say, goes as well.
 */
export const indexPageScript = script(`${recordInLua}
local rowsKey, base, id, now = KEYS[1], ARGV[1], ARGV[2], tonumber(ARGV[7])
local limit, most = tonumber(ARGV[5]), tonumber(ARGV[6])
local rows = call('ZRANGEBYLEX', rowsKey, ARGV[3], ARGV[4], 'LIMIT', 0, most)
local page, ended = {''}, #rows < most
for at, key in ipairs(rows) do
  local head, deadline, version, terms = headOf(base .. ':' .. key)
  if not head or not hasTerm(head, version, terms, id) then
    call('ZREM', rowsKey, key)
  elseif now < deadline then
    page[#page + 1] = key
  end
  if #page > limit or (at == #rows and not ended) then
    if at < #rows or not ended then page[1] = '(' .. key end
    break
  end
end
return page
`);
