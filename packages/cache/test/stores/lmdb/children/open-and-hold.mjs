// Opens the file, says how that went, and holds it until a line comes.
import { once } from 'node:events';
import { lmdbStore } from '../../../../dist/stores/lmdb/index.js';
import { report, textOf, writeOf } from './report.mjs';

const [path, mode, name] = process.argv.slice(2);
const store = lmdbStore({ path, exclusive: mode === 'exclusive' });
const call = { now: 1_000_000 };
try {
  const [before] = await store.get(['who'], call);
  await store.set([writeOf('who', name)], call);
  report({ opened: true, before: textOf(before) ?? null });
  await once(process.stdin, 'data');
} catch (error) {
  report({ opened: false, code: error.code, message: error.message });
}
await store.close();
process.exit(0);
