import { createCache, inProcessBus } from '@larder/cache';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createLogger } from '../../../src/logger.js';
import { createControlChanges } from '../../../src/modules/control-changes/control-changes.js';
import { tellApiKeyChanges, tellTenantChanges } from '../../../src/modules/control-changes/telling-records.js';

const log: string[] = [];
const logger = createLogger('warn', (line) => log.push(line), Date.now);

function heardBy(changes: ReturnType<typeof createControlChanges>): string[] {
  const heard: string[] = [];
  changes.hear({ apiKey: (id) => heard.push(`api key ${id}`), tenant: (id) => heard.push(`tenant ${id}`) });
  return heard;
}

function cacheOn(bus: ReturnType<typeof inProcessBus>) {
  const cache = createCache({ bus });
  onTestFinished(() => cache.close());
  return cache;
}

describe('a change of an API key or a tenant', () => {
  it('is heard by every process on the bus', async () => {
    const bus = inProcessBus();
    const [one, other] = [createControlChanges(cacheOn(bus), logger), createControlChanges(cacheOn(bus), logger)];
    const [here, there] = [heardBy(one), heardBy(other)];
    await one.tell({ apiKey: 'k' });
    await other.tell({ tenant: 't' });
    await expect.poll(() => there).toEqual(expect.arrayContaining(['api key k', 'tenant t']));
    expect(here).toContain('api key k');
  });

  it('is heard in its own process where there is no bus', async () => {
    const changes = createControlChanges(undefined, logger);
    const heard = heardBy(changes);
    await changes.tell({ tenant: 't' });
    expect(heard).toEqual(['tenant t']);
  });

  it('is heard in its own process, and logged, where the bus fails', async () => {
    const failing = {
      publish: () => Promise.reject(new Error('no bus')),
      subscribe: () => () => {},
    };
    const changes = createControlChanges(failing, logger);
    const heard = heardBy(changes);
    await changes.tell({ apiKey: 'k' });
    expect(heard).toEqual(['api key k']);
    expect(log.at(-1)).toContain('within five seconds');
  });

  it('is told once it is written', async () => {
    const told: unknown[] = [];
    const changes = { tell: async (change: unknown) => void told.push(change) };
    const write = (name: string) => async () => void told.push(name) as never;
    const nothing = undefined as never;
    const apiKeys = tellApiKeyChanges(
      {
        get: nothing,
        create: nothing,
        ofTenant: nothing,
        isEmpty: nothing,
        update: write('update'),
        delete: write('delete'),
      },
      changes,
    );
    const tenants = tellTenantChanges(
      { get: nothing, add: nothing, page: nothing, update: write('update'), delete: write('delete') },
      changes,
    );
    await apiKeys.update('k', {});
    await apiKeys.delete('k');
    await tenants.update('t', {});
    await tenants.delete('t');
    const [apiKey, tenant] = [{ apiKey: 'k' }, { tenant: 't' }];
    expect(told).toEqual(['update', apiKey, 'delete', apiKey, 'update', tenant, 'delete', tenant]);
  });
});
