import { afterAll, beforeAll, describe, it } from 'vitest';
import { remoteStore } from '../../src/stores/remote/index.js';
import { describeStoreContract } from '../../src/testing/index.js';
import { type LarderService, serviceIsMissing, startLarderService } from '../servers/service.js';

const skipped = serviceIsMissing === undefined ? '' : ` (skipped: ${serviceIsMissing})`;

describe.skipIf(serviceIsMissing !== undefined)(`the remote store${skipped}`, () => {
  let service: LarderService;
  let key = '';
  beforeAll(async () => {
    service = await startLarderService();
  });
  afterAll(() => service.stop());

  const open = async () => remoteStore({ url: service.url, key, answerTimeout: 20_000 });
  describeStoreContract({
    describe,
    it,
    name: 'remote',
    capabilities: remoteStore({ url: 'http://unused', key: 'unused' }).capabilities,
    tellsTime: true,
    removesExpired: 'the service removes what has expired by itself',
    // The service judges by its own clock when a life ends.
    clock: {
      now: () => Date.now(),
      advance: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    },
    /** A tenant of its own gives each test an empty store. */
    async open() {
      key = await service.newTenant();
      return open();
    },
    openAgain: open,
  });
});
