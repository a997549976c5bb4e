import { describe, expect, it } from 'vitest';
import { createKeyTypeCounts } from '../../../src/modules/stats/key-types.js';
import { readKeyTypes } from '../../../src/modules/stats/read-key-types.js';

const rulesOf = (text: string) => {
  const result = readKeyTypes(text);
  if ('problem' in result) throw new Error(result.problem);
  return result.value;
};

describe('LARDER_KEY_TYPES', () => {
  it('takes whole keys, and what keys begin with and *', () => {
    expect(rulesOf('user:*=user, front page=page,a=b*=odd')).toEqual([
      { start: 'user:', isWhole: false, type: 'user' },
      { start: 'front page', isWhole: true, type: 'page' },
      { start: 'a=b', isWhole: false, type: 'odd' },
    ]);
  });

  it.each([
    ['user:*', 'rule 1 does not say which keys are of its type'],
    ['=user', 'rule 1 does not say which keys are of its type'],
    ['a=b,', 'rule 2 does not say which keys are of its type'],
    ['a=b,c=two words', 'rule 2 needs a type of 1 to 32 letters, digits and underscores'],
    [`a=${'t'.repeat(33)}`, 'rule 1 needs a type of 1 to 32 letters, digits and underscores'],
    ['a=other', 'rule 1 gives the type other, which is for what no rule names'],
    ['a*b=user', 'rule 1 has a * that is not at its end'],
    [Array(101).fill('a=b').join(','), 'it has more than 100 rules'],
  ])('refuses %s', (text, problem) => {
    expect(readKeyTypes(text)).toEqual({ problem });
  });
});

describe('counts by the type of key', () => {
  it('go by the first rule that holds, and to "other" where none does', () => {
    const counts = createKeyTypeCounts(rulesOf('user:admin=admin,user:*=user,u*=short'));
    for (const key of ['user:admin', 'user:1', 'user:', 'user', 'User:1']) counts.hit(key);
    counts.miss('user:2');
    expect(counts.read()).toEqual([
      { type: 'admin', hits: 1, misses: 0 },
      { type: 'user', hits: 2, misses: 1 },
      { type: 'short', hits: 1, misses: 0 },
      { type: 'other', hits: 1, misses: 0 },
    ]);
  });

  it('are none where no types are configured', () => {
    const counts = createKeyTypeCounts([]);
    counts.hit('k');
    expect(counts.read()).toEqual([]);
  });
});
