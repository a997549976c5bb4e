/**
 * What scripts know of the ends that are to be told, with the layout of `endings.ts`. They stand in one sorted set a
 * bucket, behind the bucket's part of a key and an `n`.
 */
export const endingsInLua = `
-- Two days: nobody listens. The table ends so long after its last row, and whoever adds rows takes older ones away.
local endingsKeptFor = 172800000
local endingsUntil

local function isToBeTold(head)
  return byte(head, 1) == 2
end

local function removeEnding(base, key, head)
  local start = sub(head, 14, 21) .. struct.pack('>I4', #key) .. key
  call('ZREMRANGEBYLEX', base .. 'n', '[' .. start, '(' .. start .. '\\255')
end

-- Its time to live only grows, in whole hours, and by the server's own clock: it is nearly always long enough.
local function keepEndings(endings, deadline)
  local wanted = math.ceil(deadline / 3600000) * 3600000 + endingsKeptFor
  if not endingsUntil then
    local left, time = call('PTTL', endings), call('TIME')
    endingsUntil = left < 0 and 0 or time[1] * 1000 + time[2] / 1000 + left + 1
  end
  if endingsUntil < wanted then
    call('PEXPIREAT', endings, string.format('%.0f', wanted))
    endingsUntil = wanted
  end
end

local function addEndings(base, rows)
  for _, row in ipairs(rows) do
    call('ZADD', base .. 'n', 0, row)
    keepEndings(base .. 'n', (unpack('>d', row)))
  end
end

-- Removes rows of what ended up to the time; answers with how many.
local function dropEndings(endings, time, limit)
  if time <= 0 then return 0 end
  local rows = call('ZRANGEBYLEX', endings, '-', '[' .. struct.pack('>d', time) .. '\\255', 'LIMIT', 0, limit)
  if #rows > 0 then call('ZREMRANGEBYLEX', endings, '-', '[' .. rows[#rows]) end
  return #rows
end
`;
