/**
 * What scripts know of a record, with the layout of `record.ts`; positions count from 1. Each script is one text, so
 * this one is a part of those that need it.
 */
export const recordInLua = `
local call, try, byte, sub, unpack = redis.call, redis.pcall, string.byte, string.sub, struct.unpack

local function isRecord(text)
  local layout = byte(text, 1)
  return #text >= 25 and (layout == 1 or layout == 2)
end

-- The beginning of the record under a key up to its envelope, its deadline, the length of its version and the number of
-- its terms; nil where there is no record, with the error where there is one. 128 bytes nearly always suffice.
local function headOf(key)
  local head = try('GETRANGE', key, 0, 127)
  if type(head) == 'table' then return nil, head end
  if not isRecord(head) then return nil end
  local deadline, version, terms = unpack('>dI2I2', head, 14)
  local length = 25 + version + 32 * terms
  if length > #head then head = call('GETRANGE', key, 0, length - 1) end
  return head, deadline, version, terms
end

local function termOf(record, version, at)
  local from = 26 + version + 32 * (at - 1)
  return sub(record, from, from + 31)
end

local function hasTerm(record, version, terms, id)
  for at = 1, terms do
    if termOf(record, version, at) == id then return true end
  end
  return false
end
`;

/**
 * Keeps the rows of an index exact: one sorted set a term, of the user's keys in their order, and one of all keys with
 * terms by their deadline. `base` is the bucket's part of the key.
 */
export const indexRowsInLua = `
-- Rows shall not be there for ever when nobody looks, and not end before an entry they tell of.
local function keepUntil(rows, left, now, pxat)
  if not pxat then
    if left >= 0 then call('PERSIST', rows) end
  elseif left == -2 or (left >= 0 and now + left < pxat + 60000) then
    call('PEXPIREAT', rows, string.format('%.0f', pxat + 60000))
  end
end

local function addRow(rows, score, key, now, pxat)
  local left = call('PTTL', rows)
  call('ZADD', rows, score, key)
  keepUntil(rows, left, now, pxat)
end

-- In the expiry table an entry stands with its terms: they must be found when Redis has dropped the entry itself.
local function expiryRow(key, head, version, terms)
  return struct.pack('>I2', terms) .. sub(head, 26 + version, 25 + version + 32 * terms) .. key
end

local function removeRows(base, key, head, version, terms)
  for at = 1, terms do call('ZREM', base .. 'i' .. termOf(head, version, at), key) end
  if terms > 0 then call('ZREM', base .. 'e', expiryRow(key, head, version, terms)) end
end

local function addRows(base, key, record, deadline, version, terms, now, pxat)
  for at = 1, terms do addRow(base .. 'i' .. termOf(record, version, at), 0, key, now, pxat) end
  if terms > 0 and pxat then
    addRow(base .. 'e', string.format('%.17g', deadline), expiryRow(key, record, version, terms), now, pxat)
  end
end

-- Removes entries whose deadline is before the time, with all their rows; answers with how many.
local function sweep(base, before, limit)
  local rows = call('ZRANGEBYSCORE', base .. 'e', '-inf', before, 'LIMIT', 0, limit)
  for _, row in ipairs(rows) do
    local terms = unpack('>I2', row)
    local key = sub(row, 3 + 32 * terms)
    local head, deadline, version, standing = headOf(base .. ':' .. key)
    if head and deadline <= tonumber(before) then
      call('UNLINK', base .. ':' .. key)
      removeRows(base, key, head, version, standing)
      head = nil
    end
    for at = 1, terms do
      local id = sub(row, 3 + 32 * (at - 1), 2 + 32 * at)
      if not (head and hasTerm(head, version, standing, id)) then call('ZREM', base .. 'i' .. id, key) end
    end
    call('ZREM', base .. 'e', row)
  end
  return #rows
end
`;
