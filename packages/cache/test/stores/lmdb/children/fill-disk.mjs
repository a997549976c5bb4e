// Fills its disk, and reports what still works then.
import { lmdbStore } from '../../../../dist/stores/lmdb/index.js';
import { report, writeOf } from './report.mjs';

const [path] = process.argv.slice(2);
process.on('unhandledRejection', (error) => report({ unhandled: String(error) }));

const call = { now: 1_000_000 };
const store = lmdbStore({ path });
const large = 'x'.repeat(20_000);
const codeOf = (error) => error.code ?? String(error);
const outcomeOf = (promise) => promise.then(() => 'done', codeOf);

async function fill() {
  const kept = [];
  for (let index = 0; index < 10_000; index += 1) {
    const key = `key:${index}`;
    const indexes = { group: 'one' };
    const outcome = await outcomeOf(store.set([writeOf(key, large, { indexes, expiresAt: 2_000_000 })], call));
    if (outcome !== 'done') return { kept, outcome };
    kept.push(key);
  }
  return { kept, outcome: 'never full' };
}

const { kept, outcome } = await fill();
report({ step: 'filled', entries: kept.length, outcome });

// Many at once share a transaction: the writes are refused, the deletes beside them are done all the same.
const together = await Promise.all([
  ...Array.from({ length: 20 }, (_, index) => outcomeOf(store.set([writeOf(`more:${index}`, large)], call))),
  outcomeOf(store.delete([kept.pop()], call)),
]);
report({ step: 'together', outcomes: together });

const readable = await store.get(kept, call);
report({ step: 'read', missing: readable.filter((entry) => entry?.bytes.length !== large.length).length });

const deleted = [];
for (let count = 0; count < 10; count += 1) deleted.push(await outcomeOf(store.delete([kept.pop()], call)));
report({ step: 'deleted', outcomes: deleted });

const written = [];
for (let index = 0; index < 5; index += 1)
  written.push(await outcomeOf(store.set([writeOf(`new:${index}`, large)], call)));
report({ step: 'written after deletes', outcomes: written });

report({ step: 'pruned', count: await store.prune(5, { now: 3_000_000 }) });
await store.close();
report({ step: 'closed' });
