import { createContext, runInContext } from 'node:vm';

class User {
  name = 'Alice';
}
class Temperature extends Map {}
class Row extends Array {}

type Refused = readonly [name: string, value: unknown, path: string, advice: RegExp];

/** What a cache refuses, where it says the culprit is, and what it must say to do. */
export function refusedValues(): readonly Refused[] {
  return [...scalars(), ...objects(), ...shapes(), ...cycles()];
}

function scalars(): Refused[] {
  return [
    ['undefined', undefined, 'value', /Cache null instead/],
    ['a function', () => 1, 'value', /Cache the data/],
    ['a method', { user: { save() {} } }, 'value.user.save', /is a function/],
    ['a toJSON method', { toJSON: () => 1 }, 'value.toJSON', /is a function/],
    ['a symbol', { a: [Symbol('x')] }, 'value.a[0]', /Use a string/],
    ['a symbol key', { a: { [Symbol('x')]: 1 } }, 'value.a', /symbol key Symbol\(x\).*Use a string key/],
    ['a symbol key of an array', { a: Object.assign([1], { [Symbol('x')]: 1 }) }, 'value.a', /symbol key/],
    ['a function in a map', { byId: new Map([['a', () => 1]]) }, 'value.byId.get("a")', /is a function/],
    ['a function as a map key', new Map([[() => 1, 1]]), 'value.keys()[0]', /is a function/],
    ['a function under an object key', new Map([[{}, () => 1]]), 'value.get(key 0)', /is a function/],
    ['a function in a set', [new Set([1, () => 1])], 'value[0].values()[1]', /is a function/],
    ['a function under an odd key', { 'a b': { '1': () => 1 } }, 'value["a b"]["1"]', /is a function/],
  ];
}

function objects(): Refused[] {
  return [
    ['a promise', { user: Promise.resolve(1) }, 'value.user', /Await it first/],
    // biome-ignore lint/suspicious/noThenProperty: what is tested
    ['a thenable', { query: { then() {} } }, 'value.query', /Await it first/],
    ['a class instance', { user: new User() }, 'value.user', /the class User.*plain object/],
    ['an instance without a name', new (class {})(), 'value', /a class.*plain object/],
    ['an object with another prototype', Object.create({ a: 1 }), 'value', /plain object/],
    ['a subclass of Map', new Temperature(), 'value', /the class Temperature/],
    ['a subclass of Array', [new Row()], 'value[0]', /Array\.from/],
    ['a subclass of Date', new (class Day extends Date {})(), 'value', /the class Day/],
    ['a subclass of Uint8Array', new (class Bytes extends Uint8Array {})(1), 'value', /the class Bytes/],
    ['something with the prototype of Date', Object.create(Date.prototype), 'value', /the class Date/],
    ['an Error', { cause: new TypeError('x') }, 'value.cause', /is an Error.*message/],
    ['a URL', { home: new URL('http://localhost') }, 'value.home', /Cache its href/],
    ['a boxed string', Object('x'), 'value', /valueOf/],
    ['a boxed number', { n: Object(1) }, 'value.n', /valueOf/],
    ['a boxed bigint', Object(1n), 'value', /valueOf/],
    ['a WeakMap', new WeakMap(), 'value', /Cache a Map/],
    ['a WeakSet', new WeakSet(), 'value', /Set/],
    ['a WeakRef', new WeakRef({}), 'value', /the class WeakRef/],
    ['a SharedArrayBuffer', new SharedArrayBuffer(1), 'value', /Cache a copy/],
    ['a generator', (function* () {})(), 'value', /plain object/],
    ['an instance of another realm', runInContext('class A {}; new A()', createContext()), 'value', /the class A/],
  ];
}

function shapes(): Refused[] {
  const detached = new ArrayBuffer(4);
  const view = new DataView(detached);
  structuredClone(detached, { transfer: [detached] });
  const oddIndex = /x/g;
  oddIndex.lastIndex = -1;
  return [
    ['a match of a RegExp', 'ab'.match(/b/), 'value', /named property "index".*plain object/],
    ['a long array with a named property', Object.assign(new Array(5_000).fill(0), { total: 1 }), 'value', /"total"/],
    ['an array of many holes', { list: new Array(2_000_000_000) }, 'value.list', /holes.*Map or an object/],
    ['a Date with a property', Object.assign(new Date(), { zone: 'UTC' }), 'value', /zone.*plain object/],
    ['a Map with a symbol key', Object.assign(new Map(), { [Symbol('x')]: 1 }), 'value', /Symbol\(x\)/],
    ['a RegExp with a negative lastIndex', oddIndex, 'value', /Set it to 0/],
    ['a detached ArrayBuffer', detached, 'value', /detached.*before the transfer/],
    ['a DataView of a detached buffer', view, 'value', /detached/],
  ];
}

function cycles(): Refused[] {
  const self: Record<string, unknown> = {};
  self.a = { b: self };
  const list: unknown[] = [1];
  list.push({ list });
  const map = new Map<string, unknown>();
  map.set('me', map);
  const wide: Record<string, unknown> = {};
  for (const key of 'abcdefgh') wide[key] = wide;
  return [
    ['a cycle', { root: self }, 'value.root.a.b', /refers back.*Remove the cycle/],
    ['a cycle of arrays', list, 'value[1].list', /refers back/],
    ['a cycle of maps', map, 'value.get("me")', /refers back/],
    ['a cycle of many branches', wide, 'value.a', /refers back/],
    ['1,001 levels of arrays', nested(1_001, (inner) => [inner]), 'value[0][0][0][0][0][0][0][0]…', /1,000 levels/],
    ['100,000 levels', nested(100_000, (a) => ({ a })), 'value.a.a.a.a.a.a.a.a…', /deeper than 1,000 levels/],
    ['100,000 levels of maps', nested(100_000, (a) => new Map([[1, a]])), `value${'.get(1)'.repeat(8)}…`, /deeper/],
  ];
}

export function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = wrap(null);
  for (let level = 1; level < levels; level += 1) value = wrap(value);
  return value;
}
