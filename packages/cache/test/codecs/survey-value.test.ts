import { createContext, runInContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { copyValue } from '../../src/codecs/copy-value.js';
import { surveyValue } from '../../src/codecs/survey-value.js';
import { UnsupportedValueError } from '../../src/errors.js';
import { keptValues } from './kept-values.js';
import { nested, refusedValues } from './refused-values.js';
import { expectSame, isSame } from './same-value.js';

describe('surveyValue keeps', () => {
  it.each(keptValues())('%s', (_, value) => {
    const before = copyOf(value);
    const copied = surveyValue(value, { copy: true });
    const uncopied = surveyValue(value, { copy: false });
    expectSame(copied.value, value);
    expectSame(value, before);
    expect(uncopied.value).toBe(value);
    expect({ ...uncopied, value: 0 }).toEqual({ ...copied, value: 0 });
    expect(sharedObjects(value, copied.value)).toBe(0);
    expect(Number.isSafeInteger(copied.size) && copied.size >= 0).toBe(true);
    assertFrozen(copied.value);
  });

  it.each(keptValues())('says truly whether %s is plain JSON', (_, value) => {
    const { isPlainJson } = surveyValue(value, { copy: true });
    expect(isPlainJson).toBe(isSame(JSON.parse(jsonOf(value)), value));
  });

  it('never freezes what belongs to the caller', () => {
    const value = { list: [{ a: 1 }], map: new Map([['k', { b: 1 }]]) };
    surveyValue(value, { copy: true });
    expect([value, value.list, value.list[0], value.map.get('k')].some(Object.isFrozen)).toBe(false);
  });

  it('reads accessors once and keeps what they answer', () => {
    let reads = 0;
    const source = { get price() { return ++reads; } }; // biome-ignore format: one line
    expect(surveyValue(source, { copy: true }).value).toEqual({ price: 1 });
    expect(reads).toBe(1);
  });

  it('lets the error of an accessor through', () => {
    const source = { get price() { throw new TypeError('no price'); } }; // biome-ignore format: one line
    expect(() => surveyValue(source, { copy: true })).toThrow(new TypeError('no price'));
  });

  it('survives an accessor that caches something itself', () => {
    const source = { a: 'x', get b() { return surveyValue({ c: new Date() }, { copy: true }).isMutable; }, d: 1 }; // biome-ignore format: one line
    const plain = surveyValue({ a: 'x', b: true, d: 1 }, { copy: true });
    expect(surveyValue(source, { copy: true })).toEqual(plain);
  });

  it('takes plain values of another realm', () => {
    const foreign = runInContext(
      '({ a: [1, { b: new Map([[1, new Date(0)]]) }], c: new Uint8Array(2) })',
      createContext(),
    );
    const { value } = surveyValue(foreign, { copy: true });
    expectSame(value, { a: [1, { b: new Map([[1, new Date(0)]]) }], c: new Uint8Array(2) });
  });

  it('leaves inherited and hidden properties out', () => {
    const value = Object.defineProperty({ a: 1 }, 'hidden', { value: () => 1, enumerable: false });
    Object.defineProperty(value, Symbol('hidden'), { value: 1, enumerable: false });
    expect(Object.getOwnPropertyNames(surveyValue(value, { copy: true }).value)).toEqual(['a']);
  });

  it('keeps an own __proto__ without setting a prototype', () => {
    const { value } = surveyValue(JSON.parse('{"__proto__":{"admin":true}}'), { copy: true });
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.hasOwn(value as object, '__proto__')).toBe(true);
    expect((value as { admin?: boolean }).admin).toBeUndefined();
  });

  it.each([
    ['objects', (a: unknown) => ({ a })],
    ['arrays', (a: unknown) => [a]],
    ['maps', (a: unknown) => new Map([[1, a]])],
    ['map keys', (a: unknown) => new Map([[a, 1]])],
    ['sets', (a: unknown) => new Set([a])],
  ])('1,000 levels of %s', (_, wrap) => {
    const { value } = surveyValue(nested(1_000, wrap), { copy: true });
    expect(typeof copyValue(value)).toBe('object');
  });

  it('refuses cleanly where the caller has left no room on the stack', () => {
    const value = nested(1_000, (inner) => new Map([[inner, 1]]));
    const errors = new Set<unknown>();
    const dig = (depth: number): void => {
      errors.add((errorOf(() => surveyValue(value, { copy: true })) as Error | undefined)?.constructor);
      if (depth < 40 && !errors.has(UnsupportedValueError)) pad(200, () => dig(depth + 1));
    };
    dig(0);
    expect(errors).toEqual(new Set([undefined, UnsupportedValueError]));
  });

  it('measures more for more', () => {
    const sizeOf = (value: unknown) => surveyValue(value, { copy: true }).size;
    expect(sizeOf('x'.repeat(1_000))).toBeGreaterThanOrEqual(2_000);
    expect(sizeOf(new Uint8Array(5_000))).toBeGreaterThanOrEqual(5_000);
    expect(sizeOf({ a: { b: [1.5] } })).toBeGreaterThan(sizeOf({ a: { b: [] } }));
    expect(sizeOf(2n ** 100_000n)).toBeGreaterThan(12_000);
    expect(sizeOf(null)).toBe(0);
  });
});

describe('surveyValue refuses', () => {
  it.each(refusedValues())('%s', (_, value, path, advice) => {
    for (const copy of [true, false]) {
      const error = errorOf(() => surveyValue(value, { copy }));
      expect(error).toBeInstanceOf(UnsupportedValueError);
      expect((error as UnsupportedValueError).path).toBe(path);
      expect((error as UnsupportedValueError).message).toMatch(advice);
      expect((error as UnsupportedValueError).message).toMatch(/^value.* .*[^.]$|\.$/);
    }
  });
});

it('takes symbol keys where the value itself is kept, and measures it as without them', () => {
  const plain = { id: 1, list: [1.5, 'a'] };
  const marked = { ...plain, list: Object.assign([...plain.list], { [Symbol('x')]: 1 }), [Symbol('y')]: 2 };
  const survey = surveyValue(marked, { copy: false, keepsSymbolKeys: true });
  expect(survey.value).toBe(marked);
  expect(survey.size).toBe(surveyValue(plain, { copy: false }).size);
});

describe('what is cached stays as it was', () => {
  it('whatever the caller does to the value afterwards', () => {
    const value = { list: [1], at: new Date(0), bytes: Uint8Array.of(1), set: new Set([1]) };
    const cached = surveyValue(value, { copy: true }).value;
    value.list.push(2);
    value.at.setTime(9);
    value.bytes[0] = 9;
    value.set.clear();
    expectSame(cached, { list: [1], at: new Date(0), bytes: Uint8Array.of(1), set: new Set([1]) });
  });

  it('whatever a reader does to the frozen copy', () => {
    const cached = surveyValue({ list: [{ a: 1 }], name: 'x' }, { copy: true }).value as {
      list: { a: number }[];
      name: string;
    };
    expect(() => cached.list.push({ a: 2 })).toThrow(TypeError);
    expect(() => { (cached.list[0] as { a: number }).a = 2; }).toThrow(TypeError); // biome-ignore format: one line
    expect(() => { cached.name = 'y'; }).toThrow(TypeError); // biome-ignore format: one line
    expect(Reflect.deleteProperty(cached, 'name')).toBe(false);
  });

  it.each(keptValues())('whatever a reader does to a copy of %s', (_, value) => {
    const { value: cached, isMutable } = surveyValue(value, { copy: true });
    const copy = copyValue(cached);
    expectSame(copy, value);
    expect(sharedObjects(cached, copy, isProtected)).toBe(0);
    if (!isMutable) expect(copy).toBe(cached);
  });

  it('while a copy shares what needs no copy', () => {
    const cached = surveyValue({ plain: { a: 1 }, at: new Date(0) }, { copy: true }).value as {
      plain: object;
      at: Date;
    };
    const copy = copyValue(cached);
    expect(copy.plain).toBe(cached.plain);
    expect(copy.at).not.toBe(cached.at);
    expect(Object.isFrozen(copy)).toBe(true);
  });
});

/** Calls through that many frames. */
function pad(frames: number, call: () => void): void {
  if (frames === 0) call();
  else pad(frames - 1, call);
}

function errorOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** What is no plain JSON may not even be text. */
function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch {
    return '"not JSON"';
  }
}

function copyOf(value: unknown): unknown {
  return copyValue(surveyValue(value, { copy: true }).value);
}

function isProtected(value: object): boolean {
  return Object.isFrozen(value) && !surveyValue(value, { copy: false }).isMutable;
}

function partsOf(value: unknown, parts = new Set<object>()): Set<object> {
  if (typeof value !== 'object' || value === null) return parts;
  parts.add(value);
  if (value instanceof Map) for (const pair of value) for (const inner of pair) partsOf(inner, parts);
  else if (value instanceof Set) for (const item of value) partsOf(item, parts);
  else if (ArrayBuffer.isView(value)) parts.add(value.buffer);
  else for (const key of Object.keys(value)) partsOf((value as Record<string, unknown>)[key], parts);
  return parts;
}

/** How many objects two values have in common, but for those that may be. */
function sharedObjects(left: unknown, right: unknown, mayBeShared = (_: object) => false): number {
  const parts = partsOf(left);
  return [...partsOf(right)].filter((part) => parts.has(part) && !mayBeShared(part)).length;
}

function assertFrozen(value: unknown): void {
  for (const part of partsOf(value)) {
    const isPlain = Array.isArray(part) || [Object.prototype, null].includes(Object.getPrototypeOf(part));
    if (isPlain) expect(Object.isFrozen(part)).toBe(true);
  }
}
