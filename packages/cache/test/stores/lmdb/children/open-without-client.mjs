// Uses a copy of the package that stands where no lmdb is installed.
import { report } from './report.mjs';

const [entryPoint, path] = process.argv.slice(2);
const { lmdbStore } = await import(entryPoint);
const store = lmdbStore({ path });
report({ made: store.name });
for (const use of [() => store.get(['key'], { now: 0 }), () => store.delete(['key'], { now: 0 })]) {
  await use().catch(({ name, code, message }) => report({ name, code, message }));
}
await store.close();
