import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const soak = fileURLToPath(new URL('children/soak.mjs', import.meta.url));

describe('ten million operations', () => {
  it.each(['w-tinylfu', 's3-fifo', 'lru'])(
    'leave the heap as flat with %s as after the first million',
    async (policy) => {
      const { stdout } = await run(process.execPath, ['--expose-gc', soak, policy], { timeout: 170_000 });
      const { heap, entries } = JSON.parse(stdout) as { heap: number[]; entries: number };
      const first = heap[0] as number;
      const last = heap.at(-1) as number;
      expect(heap).toHaveLength(10);
      expect(last / first).toBeLessThan(1.1);
      expect(entries).toBeLessThanOrEqual(10_000);
    },
    180_000,
  );
});
