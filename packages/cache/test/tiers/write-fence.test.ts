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

  it('stops a read that begins inside a write, and none that begins after it', async () => {
    const fence = new WriteFence();
    const gate = deferred<void>();
    const writing = fence.duringWrite(['k'], () => gate.promise);
    const token = fence.begin('k');
    expect(token.isCurrent()).toBe(false);
    gate.resolve();
    await writing;
    // It may have read what was there before the write.
    expect(token.isCurrent()).toBe(false);
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

  it('tells those who share a read from the beginning and the end of any write', async () => {
    const fence = new WriteFence();
    const gate = deferred<void>();
    const before = fence.begin('k');
    const writing = fence.duringWrite(['k'], () => gate.promise);
    const inside = fence.begin('k');
    expect([before.isUndisturbed(), inside.isUndisturbed()]).toEqual([false, true]);
    fence.touch('k');
    expect(inside.isUndisturbed()).toBe(false);
    const stillInside = fence.begin('k');
    gate.resolve();
    await writing;
    expect(stillInside.isUndisturbed()).toBe(false);
  });

  it('tells a write that it was not alone when another that had begun before it ends first', async () => {
    const fence = new WriteFence();
    const gates = [deferred<void>(), deferred<void>()];
    const first = fence.duringWrite(['k'], () => gates[0]?.promise as Promise<void>);
    let wasAlone: boolean | undefined;
    const second = fence.duringWrite(['k'], async (isAlone) => {
      await gates[1]?.promise;
      wasAlone = isAlone();
    });
    gates[0]?.resolve();
    await first;
    gates[1]?.resolve();
    await second;
    expect(wasAlone).toBe(false);
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

  it('lets loads go on beside the write of what was loaded, but no read', () => {
    const fence = new WriteFence();
    const filling = fence.open(['k'], 'fill');
    const token = fence.begin('k');
    expect([token.isUnchanged(), token.isSettled(), token.isCurrent()]).toEqual([true, true, false]);
    filling.end();
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
