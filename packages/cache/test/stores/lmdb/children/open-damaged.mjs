// Tries to use each store it is given, and reports what came of it. A native crash ends it before it can report.
import { lmdbStore } from '../../../../dist/stores/lmdb/index.js';
import { report, textOf, writeOf } from './report.mjs';

const call = { now: 1_000_000 };
const keys = Array.from({ length: 400 }, (_, index) => `key:${index}`);

async function use(path) {
  const store = lmdbStore({ path });
  try {
    const entries = await store.get(keys, call);
    await store.scan('', { limit: 1000 }, call);
    await store.byIndex({ prefix: '', name: 'group', value: '1' }, { limit: 1000 }, call);
    await store.set([writeOf('key:0', 'value 0', { indexes: { group: '1' } })], call);
    await store.delete(['key:399'], call);
    await store.prune(1000, { now: 5_000_000 });
    const isWhole = entries.every((entry, index) => textOf(entry)?.startsWith(`value ${index}`));
    return { outcome: isWhole ? 'whole' : 'not whole' };
  } catch (error) {
    return { outcome: error.code, name: error.name, message: error.message };
  } finally {
    await store.close();
  }
}

process.on('unhandledRejection', (error) => report({ unhandled: String(error) }));
for (const path of process.argv.slice(2)) {
  report({ path });
  report(await use(path));
}
