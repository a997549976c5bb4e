import type { Version } from '@larder/cache';
import { Problem } from './problem.js';

/** An entity tag of RFC 9110, 8.8.3. */
interface EntityTag {
  readonly weak: boolean;
  readonly opaque: string;
}

type TagCondition = '*' | readonly EntityTag[];

/** The conditions of a request (RFC 9110, 13.1). Dates are not among them: an entry has no modification date. */
export interface Preconditions {
  readonly ifMatch: TagCondition | undefined;
  readonly ifNoneMatch: TagCondition | undefined;
}

interface ConditionalFields {
  readonly 'if-match'?: string | undefined;
  readonly 'if-none-match'?: string | undefined;
}

export const unconditional: Preconditions = Object.freeze({ ifMatch: undefined, ifNoneMatch: undefined });
/** What `ifAbsent` in an envelope means. */
export const onlyIfAbsent: Preconditions = Object.freeze({ ifMatch: undefined, ifNoneMatch: '*' });

const tagList = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"(?:[ \t]*,[ \t]*(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*")*$/;
const oneTag = /(W\/)?"([^"]*)"/g;

/** A strong tag: every write makes a new version, and a version's bytes never change. */
export function entityTag(version: Version): string {
  return `"${version}"`;
}

export function parsePreconditions(fields: ConditionalFields): Preconditions {
  const ifMatch = fields['if-match'];
  const ifNoneMatch = fields['if-none-match'];
  if (ifMatch === undefined && ifNoneMatch === undefined) return unconditional;
  return { ifMatch: parseCondition('If-Match', ifMatch), ifNoneMatch: parseCondition('If-None-Match', ifNoneMatch) };
}

/** What RFC 9110, 13.2.2 makes of a read of a live entry. */
export function judgeRead(conditions: Preconditions, version: Version): 'answer' | 'not-modified' | 'failed' {
  if (conditions.ifMatch !== undefined && !matchesStrongly(conditions.ifMatch, version)) return 'failed';
  if (conditions.ifNoneMatch !== undefined && matchesWeakly(conditions.ifNoneMatch, version)) return 'not-modified';
  return 'answer';
}

/** Whether RFC 9110, 13.2.2 lets a write go on; `version` is `undefined` where there is no live entry. */
export function writeMayProceed({ ifMatch, ifNoneMatch }: Preconditions, version: Version | undefined): boolean {
  if (ifMatch !== undefined && (version === undefined || !matchesStrongly(ifMatch, version))) return false;
  return ifNoneMatch === undefined || version === undefined || !matchesWeakly(ifNoneMatch, version);
}

export function isUnconditional({ ifMatch, ifNoneMatch }: Preconditions): boolean {
  return ifMatch === undefined && ifNoneMatch === undefined;
}

/** `If-None-Match: *` alone: a condition that every store can check by itself. */
export function isOnlyIfAbsent({ ifMatch, ifNoneMatch }: Preconditions): boolean {
  return ifMatch === undefined && ifNoneMatch === '*';
}

/** RFC 9110, 8.8.3.2: a weak tag equals nothing in a strong comparison. */
function matchesStrongly(condition: TagCondition, version: Version): boolean {
  return condition === '*' || condition.some(({ weak, opaque }) => !weak && opaque === version);
}

function matchesWeakly(condition: TagCondition, version: Version): boolean {
  return condition === '*' || condition.some(({ opaque }) => opaque === version);
}

function parseCondition(name: string, field: string | undefined): TagCondition | undefined {
  if (field === undefined || field === '*') return field;
  if (!tagList.test(field)) {
    throw new Problem('invalid_request', `${name} must be * or a list of quoted entity tags.`);
  }
  return Array.from(field.matchAll(oneTag), ([, weak, opaque = '']) => ({ weak: weak !== undefined, opaque }));
}
