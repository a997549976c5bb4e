import { script } from './script.js';

/** Removes what was told. KEYS: the endings of a bucket. ARGV: the starts of their rows (`endings.ts`). */
export const forgetEndings = script(`
for _, start in ipairs(ARGV) do
  redis.call('ZREMRANGEBYLEX', KEYS[1], '[' .. start, '(' .. start .. '\\255')
end
return 1
`);
