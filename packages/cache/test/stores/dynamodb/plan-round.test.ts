import { describe, expect, it } from 'vitest';
import { type Operation, planRound } from '../../../src/stores/dynamodb/plan-round.js';
import type { Content } from '../../../src/stores/dynamodb/records.js';

const contentOf = (text: string, expiresAt = Number.POSITIVE_INFINITY): Content => ({
  bytes: Buffer.from(text),
  version: text,
  expiresAt,
  indexes: {},
});
const now = 1_000;
const set = (text: string, condition?: { absent: true } | { version: string }): Operation => ({
  kind: 'set',
  content: contentOf(text),
  condition,
  now,
});
const remove: Operation = { kind: 'delete', now };
const modify = (change: (version: string | undefined) => Content | 'delete' | 'keep'): Operation => ({
  kind: 'modify',
  now,
  change: (current) => change(current?.version),
});

const valuesOf = (operations: readonly Operation[], standing?: Content) =>
  planRound(standing, operations).answers.map((answer) => {
    if ('thrown' in answer) return answer.thrown;
    return typeof answer.value === 'object' ? answer.value.version : answer.value;
  });

describe('a round of changes of one key', () => {
  it('answers each as if it had been alone, in their order', () => {
    const operations = [
      set('one'),
      set('two', { absent: true }),
      set('three', { version: 'one' }),
      modify((version) => contentOf(`${version} four`)),
      remove,
      remove,
      set('five', { absent: true }),
    ];
    expect(valuesOf(operations)).toEqual([
      'created',
      'condition-failed',
      'replaced',
      'three four',
      true,
      false,
      'created',
    ]);
    expect(planRound(undefined, operations).next?.version).toBe('five');
  });

  it('takes what has expired at the time of a call for absent in that call', () => {
    const standing = contentOf('old', now);
    expect(valuesOf([{ ...remove, now: now - 1 }], standing)).toEqual([true]);
    expect(valuesOf([remove], standing)).toEqual([false]);
    expect(valuesOf([set('new', { absent: true })], standing)).toEqual(['created']);
    expect(valuesOf([modify((version) => contentOf(`${version}`))], standing)).toEqual(['undefined']);
  });

  it('leaves what stands the very same where nothing changes', () => {
    const standing = contentOf('old');
    const nothing = [modify(() => 'keep'), set('new', { absent: true }), set('new', { version: 'none' })];
    expect(planRound(standing, nothing).next).toBe(standing);
    expect(planRound(undefined, [remove, modify(() => 'keep')]).next).toBeUndefined();
  });

  it('gives what a change throws to its caller, and goes on with what stood before', () => {
    const failure = new Error('no');
    const fail = modify(() => {
      throw failure;
    });
    expect(valuesOf([set('one'), fail, modify((version) => contentOf(`${version} two`))])).toEqual([
      'created',
      failure,
      'one two',
    ]);
  });
});
