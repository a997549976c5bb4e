import { type KeyTypeRule, otherKeys } from './key-types.js';

const mostRules = 100;
const typeName = /^[a-z]\w{0,31}$/i;

/** Reads `user:*=user,session:*=session`: a whole key, or what keys begin with and `*`, and their type. */
export function readKeyTypes(text: string): { value: readonly KeyTypeRule[] } | { problem: string } {
  const rules: KeyTypeRule[] = [];
  for (const [at, part] of text.split(',').entries()) {
    const split = part.lastIndexOf('=');
    const pattern = part.slice(0, Math.max(split, 0)).trim();
    const type = part.slice(split + 1).trim();
    const place = `rule ${at + 1}`;
    if (pattern === '') return { problem: `${place} does not say which keys are of its type` };
    if (!typeName.test(type)) return { problem: `${place} needs a type of 1 to 32 letters, digits and underscores` };
    if (type === otherKeys) return { problem: `${place} gives the type ${otherKeys}, which is for what no rule names` };
    const star = pattern.indexOf('*');
    if (star !== -1 && star !== pattern.length - 1) return { problem: `${place} has a * that is not at its end` };
    rules.push({ type, start: star === -1 ? pattern : pattern.slice(0, -1), isWhole: star === -1 });
  }
  return rules.length > mostRules ? { problem: `it has more than ${mostRules} rules` } : { value: rules };
}
