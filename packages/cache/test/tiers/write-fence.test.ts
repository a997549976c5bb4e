import { describe, expect, it } from 'vitest';
import { WriteFence } from '../../src/tiers/write-fence.js';
import { deferred } from '../load/deferred.js';

describe('the fence between reads and writes', () => {
  it('lets a read fill when nothing was written', () => {
    const token = new WriteFence().begin('k');
    expect(token.isCurrent()).toBe(true);
  });

  it('stops a read that began before a write', () => {
    const fence = new WriteFence();
    const token = fence.begin('k');
    const other = fence.begin('other');
    fence.touch('k');
    expect(token.isCurrent()).toBe(false);
    expect(other.isCurrent()).toBe(true);
  });

  it('stops a read that begins inside a write, until the write is over', async () => {
    const fence = new WriteFence();
    const gate = deferred<void>();
    const writing = fence.duringWrite(['k'], () => gate.promise);
    const token = fence.begin('k');
    expect(token.isCurrent()).toBe(false);
    gate.resolve();
    await writing;
    expect(fence.begin('k').isCurrent()).toBe(true);
  });

  it('stops a read that begins inside a write and ends after it: it may have seen what was there before', async () => {
    const fence = new WriteFence();
    const gate = deferred<void>();
    const writing = fence.duringWrite(['k'], () => gate.promise);
    const token = fence.begin('k');
    gate.resolve();
    await writing;
    expect(token.isCurrent()).toBe(false);
    expect(token.isUnchanged()).toBe(false);
  });

  it('stops every read during and after a wide write that it overlapped', async () => {
    const fence = new WriteFence();
    const gate = deferred<void>();
    const before = fence.begin('k');
    const writing = fence.duringWideWrite(() => gate.promise);
    const inside = fence.begin('k');
    expect([before.isCurrent(), inside.isCurrent()]).toEqual([false, false]);
    gate.resolve();
    await writing;
    expect([before.isCurrent(), inside.isCurrent(), fence.begin('k').isCurrent()]).toEqual([false, false, true]);
  });

  it('lets loads go on beside the write of what was loaded, but no read', async () => {
    const fence = new WriteFence();
    const gate = deferred<void>();
    const filling = fence.duringFill('k', () => gate.promise);
    const token = fence.begin('k');
    expect([token.isUnchanged(), token.isSettled(), token.isCurrent()]).toEqual([true, true, false]);
    gate.resolve();
    await filling;
    expect([token.isUnchanged(), token.isSettled(), token.isCurrent()]).toEqual([true, true, false]);
  });

  it('tells a write whether it was alone', async () => {
    const fence = new WriteFence();
    const gate = deferred<void>();
    const seen: boolean[] = [];
    const first = fence.duringWrite(['k'], async (isAlone) => {
      seen.push(isAlone());
      await gate.promise;
      seen.push(isAlone());
    });
    await fence.duringWrite(['k'], async (isAlone) => seen.push(isAlone()));
    gate.resolve();
    await first;
    expect(seen).toEqual([true, false, false]);
  });

  it('passes on what the write throws, and is free again', async () => {
    const fence = new WriteFence();
    const failing = fence.duringWrite(['k'], () => Promise.reject(new Error('full')));
    await expect(failing).rejects.toThrow('full');
    expect(fence.begin('k').isCurrent()).toBe(true);
  });
});
