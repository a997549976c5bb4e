// Prints what surveys, copies and envelopes cost: npm run build && node packages/cache/test/codecs/measure-codecs.mjs
import { copyValue } from '../../dist/codecs/copy-value.js';
import { decodeEntry, encodeEntry, withLifetime } from '../../dist/codecs/envelope.js';
import { surveyValue } from '../../dist/codecs/survey-value.js';

const rounds = 9;
let kept;

/** The best of several rounds, in nanoseconds of processor time a call. */
function measure(name, calls, call) {
  for (let at = 0; at < calls; at += 1) kept = call(at);
  const times = Array.from({ length: rounds }, () => {
    const start = process.cpuUsage().user;
    for (let at = 0; at < calls; at += 1) kept = call(at);
    return ((process.cpuUsage().user - start) * 1_000) / calls;
  });
  const best = Math.min(...times);
  console.log(`| ${name} | ${best < 10_000 ? `${best.toFixed(0)} ns` : `${(best / 1_000).toFixed(0)} µs`} |`);
  return kept;
}

const hundred = (make) => Array.from({ length: 100 }, (_, at) => make(at));
const userOf = (id) => ({ id, name: `alice${id}`, email: `${id}@example.org` });
const rowOf = (row) =>
  JSON.parse(JSON.stringify(Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`c${at}`, row]))));
const copying = { copy: true };

console.log('| what | time |\n|---|---:|');
const users = hundred(userOf);
measure('survey and copy a number', 200_000, (at) => surveyValue(at, copying));
measure('… a string', 200_000, () => surveyValue('hello', copying));
measure('… `{ id, name, email }`', 200_000, (at) => surveyValue(users[at % 100], copying));
const rows = hundred(rowOf);
measure('… a row of 20 columns', 50_000, (at) => surveyValue(rows[at % 100], copying));
const numbers = Array.from({ length: 1_000 }, (_, at) => at);
measure('… 1,000 numbers', 5_000, () => surveyValue(numbers, copying));
const list = Array.from({ length: 1_000 }, (_, id) => userOf(id));
measure('… 1,000 users', 300, () => surveyValue(list, copying));
measure('(structuredClone of `{ id, name, email }`)', 50_000, (at) => structuredClone(users[at % 100]));

const dated = surveyValue({ id: 1, at: new Date() }, copying).value;
measure('copy `{ id, at: Date }` for a read', 100_000, () => copyValue(dated));
const map = surveyValue(new Map(numbers.slice(0, 10).map((at) => [`k${at}`, at])), copying).value;
measure('copy a Map of 10 for a read', 100_000, () => copyValue(map));

const value = {
  id: 4711,
  name: 'Alice Example',
  email: 'alice@example.org',
  plan: 'pro',
  visits: 12,
  note: '01234567',
};
const entry = {
  value,
  createdAt: 1e12,
  freshUntil: 2e12,
  staleUntil: 2e12,
  version: 'n1.mjvbkjk0',
  tags: [],
  indexes: {},
};
const bytes = measure(`encode an entry of ${JSON.stringify(value).length} bytes`, 100_000, () =>
  encodeEntry(entry, true),
);
measure('decode and freeze it', 100_000, () => decodeEntry(bytes, { freeze: true }));
measure('give it a new life', 100_000, () => withLifetime(bytes, 1, 2));
const large = encodeEntry({ ...entry, value: new Uint8Array(1_000_000) });
measure('decode an entry of 1 MB of bytes', 20_000, () => decodeEntry(large, { freeze: true }));
