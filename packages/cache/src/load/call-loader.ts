import type { LoaderContext } from '../contracts/load.js';
import { parseDuration } from '../options/duration.js';
import { resolveTags } from '../options/write-options.js';
import { LoadFailure } from './load-failure.js';
import type { LoadFn, LoadKit } from './load-layer.js';

/** The centre of the pipeline: runs the loader and gathers what it said. */
export function callLoader({ clock, nextStamp, closing }: LoadKit): LoadFn {
  return async (request) => {
    const said: { ttl?: number; tags?: readonly string[]; skipped: boolean } = { skipped: false };
    const context: LoaderContext = {
      key: request.key,
      signal: closing,
      setTtl: (ttl) => {
        said.ttl = parseDuration(ttl, 'setTtl()');
      },
      setTags: (tags) => {
        said.tags = resolveTags(tags);
      },
      skip: () => {
        said.skipped = true;
      },
    };
    const startedAt = nextStamp();
    const begin = clock.now();
    const value = await settle(() => request.loader(context), request);
    const loaded = {
      value,
      startedAt,
      millis: clock.now() - begin,
      ttl: said.ttl,
      tags: said.tags,
      skipped: said.skipped,
    };
    return { value, from: 'loader', isMutable: false, loaded };
  };
}

async function settle(load: () => unknown, request: Parameters<LoadFn>[0]): Promise<unknown> {
  try {
    return await load();
  } catch (error) {
    throw new LoadFailure(error, request);
  }
}
