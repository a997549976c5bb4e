import { describe, expect, it } from 'vitest';
import { cloneValue } from '../../src/codecs/clone-value.js';
import { surveyValue } from '../../src/codecs/survey-value.js';
import { keptValues } from './kept-values.js';
import { expectSame } from './same-value.js';

describe('cloneValue', () => {
  it.each(keptValues())('makes a free copy of %s', (_, value) => {
    const cached = surveyValue(value, { copy: true }).value;
    const clone = cloneValue(cached);
    expectSame(clone, value);
    if (typeof clone === 'object' && clone !== null) {
      expect(clone).not.toBe(cached);
      if (!ArrayBuffer.isView(clone)) expect(Object.isFrozen(clone)).toBe(false);
    }
  });
});
