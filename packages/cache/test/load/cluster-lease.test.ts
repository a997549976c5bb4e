import { describe, expect, it } from 'vitest';
import type { ClusterLease } from '../../src/contracts/lease.js';
import type { Found } from '../../src/contracts/tier.js';
import { clusterLease, noClusterLease } from '../../src/load/cluster-lease.js';
import type { LoadFn, LoadKit, LoadOutcome, LoadRequest } from '../../src/load/load-layer.js';
import { fakeClock } from '../../src/testing/fake-clock.js';

const clock = fakeClock();
const loaded: LoadOutcome = { value: 'loaded', from: 'loader', isMutable: false };
const load: LoadFn = async () => loaded;

function layered(lease: ClusterLease, found?: Found): LoadFn {
  return clusterLease(load, { lease, clock, tiers: { find: async () => found } } as unknown as LoadKit);
}

function request(parts: Partial<LoadRequest> = {}): LoadRequest {
  return { key: 'k', reason: 'miss', flight: { signal: new AbortController().signal }, ...parts } as LoadRequest;
}

const freshEntry = { value: 'theirs', version: 'v2', freshUntil: clock.now() + 1 };
const found = { entry: freshEntry, tier: 'store' } as unknown as Found;

describe('the lease across processes', () => {
  it('is not there where there is none to ask for', () => {
    expect(layered(noClusterLease)).toBe(load);
  });

  it('holds the right to load while loading', async () => {
    const held: string[] = [];
    const lease: ClusterLease = {
      async hold(key, _, run) {
        held.push(`take ${key}`);
        try {
          return await run();
        } finally {
          held.push(`let go ${key}`);
        }
      },
    };
    expect(await layered(lease)(request())).toBe(loaded);
    const failing = clusterLease(() => Promise.reject(new Error('down')), {
      lease,
      clock,
      tiers: { find: async () => undefined },
    } as unknown as LoadKit);
    await expect(failing(request())).rejects.toThrow('down');
    expect(held).toEqual(['take k', 'let go k', 'take k', 'let go k']);
  });

  it('answers with what its holder before has stored, unless the caller wants it loaded', async () => {
    const lease: ClusterLease = { hold: (_, __, run) => run() };
    expect(await layered(lease, found)(request())).toMatchObject({ value: 'theirs', from: 'store' });
    expect(await layered(lease, found)(request({ reason: 'forced' }))).toBe(loaded);
    expect(await layered(lease, found)(request({ cached: found }))).toBe(loaded);
  });
});
